// expect: threw TypeError
delete (globalThis as any).__narrows;
