// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
const all = [];
while (true) all.push(new (ArrayBuffer as any)(1 << 20, { maxByteLength: 1 << 26 }));
