// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
return JSON.parse('[' + '[],'.repeat(1_000_000) + '[]]').length;
