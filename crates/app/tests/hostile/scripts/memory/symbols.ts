// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
const all: symbol[] = [];
while (true) all.push(Symbol('x'.repeat(1_000) + all.length));
