// expect: exceeded limits.cpu_seconds
const registry = new FinalizationRegistry(() => {
  for (;;);
});
for (let n = 0; n < 1_000; n++) registry.register({}, n);
return 'done';
