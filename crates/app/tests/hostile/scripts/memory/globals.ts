// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
for (let n = 0; ; n++) (globalThis as any)[`name${n}`] = new Array(100).fill(n);
