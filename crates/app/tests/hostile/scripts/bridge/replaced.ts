// expect: threw TypeError
(globalThis as any).__narrows = { tool: () => () => 'forged' };
