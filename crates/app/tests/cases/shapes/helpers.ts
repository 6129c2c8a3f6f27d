// Of a function and its helpers the one nobody calls is called
const twice = (n: number) => n * 2;
async function main() {
  return twice(21);
}
//= returned 42
//= repair: The script only defined functions: `main` was called, and its value returned
