// expect: exceeded limits.cpu_seconds at 3
const numbers = new Array(100_000).fill(1.5);
while (true) JSON.stringify(numbers);
