// expect: exceeded limits.value_kb
let twice: unknown[] = ['x'.repeat(100)];
for (let n = 0; n < 60; n++) twice = [twice, twice];
return twice;
