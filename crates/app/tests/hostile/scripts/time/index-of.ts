// expect: exceeded limits.cpu_seconds at 4
const hay = 'a'.repeat(1 << 20);
const needle = 'a'.repeat(1 << 19) + 'b';
while (true) hay.indexOf(needle);
