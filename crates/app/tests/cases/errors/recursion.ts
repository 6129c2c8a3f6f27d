// Endless recursion is an error a script can see
function f(): number {
  return 1 + f();
}
try {
  f();
} catch (e: any) {
  return e.name;
}
//= returned "RangeError"
