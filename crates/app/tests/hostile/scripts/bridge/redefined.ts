// expect: threw TypeError
Object.defineProperty(globalThis, '__narrows', { value: 1 });
