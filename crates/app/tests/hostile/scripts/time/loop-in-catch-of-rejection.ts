// expect: exceeded limits.cpu_seconds
const spin = async (): Promise<void> => {
  for (let n = 0; ; n++);
};
for (;;) await spin().catch(spin).finally(spin);
