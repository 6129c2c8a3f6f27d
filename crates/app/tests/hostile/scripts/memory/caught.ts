// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
const all: unknown[] = [];
while (true) {
  try {
    while (true) all.push(new Array(10_000).fill(1));
  } catch {
    all.push(1);
  }
}
