// expect: threw TypeError
return new (globalThis as any).Worker('x');
