// An error stands where it was made, not in the constructors of its classes
class Base extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Deep';
  }
}
class Deep extends Base {
  constructor(message: string) {
    super(`${message}!`);
  }
}
function fail(): never {
  throw new Deep('down here');
}
fail();
//= threw at 14:13: Deep: down here!
//deno= threw at 14:9: Deep: down here!
