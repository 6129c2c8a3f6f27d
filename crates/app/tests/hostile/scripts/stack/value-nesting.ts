// expect: exceeded limits.depth
let deep: any = 1;
for (let n = 0; n < 5_000; n++) deep = [deep];
return deep;
