// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
return 'x'.repeat(100_000).replaceAll('x', 'y'.repeat(10_000)).length;
