// expect: returned 0
const before = Date.now();
for (let n = 0; n < 100_000; n++);
return Date.now() - before;
