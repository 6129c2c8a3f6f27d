// expect: exceeded limits.memory_mb at 4
// limits: cpu_seconds=20
const all: ArrayBuffer[] = [];
while (true) all.push(new ArrayBuffer(1 << 22));
