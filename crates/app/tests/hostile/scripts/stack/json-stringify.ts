// expect: returned 6002
let deep: any = [];
for (let n = 0; n < 3_000; n++) deep = [deep];
return JSON.stringify(deep).length;
