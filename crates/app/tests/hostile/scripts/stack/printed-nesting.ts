// expect: returned "printed"
let deep: any = 1;
for (let n = 0; n < 20_000; n++) deep = { deep };
console.log(deep);
return 'printed';
