// expect: threw TypeError
const a: any = {};
a.a = a;
await results.save('a', a);
