// expect: exceeded limits.cpu_seconds at 3
let n = 3n;
while (true) n = (n * n) % 2n ** 20_000n;
