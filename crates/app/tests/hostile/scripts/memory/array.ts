// expect: exceeded limits.memory_mb at 4
// limits: cpu_seconds=20
const all: unknown[] = [];
while (true) all.push(new Array(1000).fill(all.length));
