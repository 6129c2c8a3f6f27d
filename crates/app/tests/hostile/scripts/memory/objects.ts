// expect: exceeded limits.memory_mb at 4
// limits: cpu_seconds=20
const all: unknown[] = [];
for (let n = 0; ; n++) all.push({ n, name: `n${n}` });
