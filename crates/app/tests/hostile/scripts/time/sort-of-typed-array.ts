// expect: exceeded limits.cpu_seconds at 3
const numbers = new Float64Array(100_000).map(() => Math.random());
while (true) numbers.sort((a, b) => (a < b ? 1 : -1));
