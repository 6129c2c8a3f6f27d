// expect: threw TypeError: at most 20000 calls, timers and file operations can wait at once; await some
// limits: cpu_seconds=20 memory_mb=64
const all = [];
for (let n = 0; n <= 20_000; n++) all.push((globalThis as any).__narrows.tool('timer')({ ms: 1e6 }));
await Promise.race(all);
