// expect: threw
let deep: any = 1;
for (let n = 0; n < 20_000; n++) deep = [deep];
return structuredClone(deep);
