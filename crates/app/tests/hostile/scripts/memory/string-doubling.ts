// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
let text = 'x';
const kept: string[] = [];
while (true) kept.push((text += text).toUpperCase());
