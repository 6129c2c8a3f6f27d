// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
return 'x'.repeat(4_000_000).split('').length;
