// expect: exceeded limits.cpu_seconds at 3
const text = '\u1e9b\u0323'.repeat(50_000);
while (true) text.normalize('NFKD');
