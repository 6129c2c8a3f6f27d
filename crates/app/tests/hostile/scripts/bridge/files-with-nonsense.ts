// expect: threw TypeError
await (globalThis as any).__narrows.tool('fs/writeFile')({ path: ['/workspace/x'], text: 1 });
