// expect: threw TypeError: a path of more than 1024 bytes names nothing
await (globalThis as any).__narrows.tool('servers/' + 'x'.repeat(100_000))({});
