// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
const all: string[] = [];
while (true) all.push('x'.repeat(100_000) + all.length);
