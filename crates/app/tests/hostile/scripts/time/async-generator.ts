// expect: exceeded limits.cpu_seconds
async function* forever() {
  while (true) yield 1;
}
let sum = 0;
for await (const one of forever()) sum += one;
