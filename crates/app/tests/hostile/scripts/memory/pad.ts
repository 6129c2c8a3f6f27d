// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
return 'x'.padEnd(2 ** 29, 'y').length;
