// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
let all: unknown[] | null = [];
try {
  while (true) all.push(new Array(10_000).fill(1));
} catch {
  all = null;
}
await fs.writeFile('/tmp/after', 'the limit was swallowed');
return 'swallowed';
