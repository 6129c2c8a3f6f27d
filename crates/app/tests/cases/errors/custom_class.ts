// An error class of one's own keeps its name
class Oops extends Error {
  override name = 'Oops';
}
throw new Oops('mine');
//= threw at 5:11: Oops: mine
//deno= threw at 5:7: Oops: mine
