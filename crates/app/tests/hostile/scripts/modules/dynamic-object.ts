// expect: threw TypeError
const name: any = { toString: () => 'node:fs' };
return await import(name);
