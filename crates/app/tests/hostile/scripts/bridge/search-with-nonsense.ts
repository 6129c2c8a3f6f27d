// expect: threw TypeError
await (globalThis as any).__narrows.tool('search')({ query: { $gt: '' }, limit: -1 });
