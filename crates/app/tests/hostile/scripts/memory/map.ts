// expect: exceeded
const all = new Map<number, unknown>();
for (let n = 0; ; n++) all.set(n, [n]);
