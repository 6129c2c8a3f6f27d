// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
const row = { a: 'x'.repeat(1_000) };
return JSON.stringify(new Array(100_000).fill(row)).length;
