// expect: threw TypeError
await (globalThis as any).__narrows.import('./passwd', '/etc/shadow');
