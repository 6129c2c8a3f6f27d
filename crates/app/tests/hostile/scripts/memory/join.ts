// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
return new Array(100_000).fill('x'.repeat(1_000)).join('').length;
