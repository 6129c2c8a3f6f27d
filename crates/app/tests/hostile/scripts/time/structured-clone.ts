// expect: exceeded limits.cpu_seconds
const rows = Array.from({ length: 1_000 }, (_, n) => ({ n }));
while (true) structuredClone(rows);
