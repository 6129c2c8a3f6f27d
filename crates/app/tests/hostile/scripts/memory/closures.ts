// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
const all: (() => unknown)[] = [];
for (let n = 0; ; n++) {
  const big = new Array(500).fill(n);
  all.push(() => big);
}
