// expect: threw TypeError: there is no `shutdown`
await (globalThis as any).__narrows.tool('shutdown')({});
