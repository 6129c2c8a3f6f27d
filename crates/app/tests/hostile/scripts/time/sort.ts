// expect: exceeded limits.cpu_seconds at 3
const numbers = [...Array(50_000).keys()];
while (true) numbers.sort(() => Math.random() - 0.5);
