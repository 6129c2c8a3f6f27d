// expect: threw TypeError
const name: any = { toString: () => 'node:os' };
return await import(name);
