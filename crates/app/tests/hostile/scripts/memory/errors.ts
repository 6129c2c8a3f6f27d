// expect: exceeded
const all: Error[] = [];
const deep = (n: number): void => {
  if (n === 0) all.push(new Error('x'.repeat(1_000)));
  else deep(n - 1);
};
while (true) deep(20);
