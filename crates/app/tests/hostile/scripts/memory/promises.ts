// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
const all: Promise<unknown>[] = [];
while (true) all.push(new Promise(() => {}));
