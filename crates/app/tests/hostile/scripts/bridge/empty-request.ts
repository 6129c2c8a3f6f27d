// expect: threw TypeError
await (globalThis as any).__narrows.tool('')({});
