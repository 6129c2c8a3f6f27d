// expect: exceeded limits.cpu_seconds at 3
const zeros = new Uint8Array(1 << 22);
while (true) zeros.includes(1);
