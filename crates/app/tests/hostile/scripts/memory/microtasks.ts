// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
const settled = Promise.resolve();
while (true) settled.then(() => {});
