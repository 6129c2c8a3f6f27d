// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
const text = 'x'.repeat(1_000_000);
for (let n = 0; n < 1_000; n++) void fs.writeFile(`/tmp/${n}`, text);
await null;
for (;;);
