// expect: threw PermissionError
await (globalThis as any).__narrows.tool('fs/readFile')({ path: '/etc/passwd' });
