// expect: threw TypeError
await (globalThis as any).__narrows.tool('module')({ specifier: '../../etc/passwd', from: '/servers/slack/index.ts' });
