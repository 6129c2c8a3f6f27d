// What a script throws is told with its place
function inner() {
  throw new TypeError('not today');
}
function outer() {
  inner();
}
outer();
//= threw at 3:13: TypeError: not today
//deno= threw at 3:9: TypeError: not today
