// expect: threw TypeError: the returned value is cyclic at .b.a
const a: any = { b: {} };
a.b.a = a;
return a;
