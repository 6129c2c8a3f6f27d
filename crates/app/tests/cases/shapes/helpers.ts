// Of a function and its helpers the one nobody calls is called
const twice = (n: number) => n * 2;
async function main() {
  return twice(21);
}
