// expect: threw TypeError
await (globalThis as any).__narrows.tool('fs\0/readFile')({ path: '/etc/passwd' });
