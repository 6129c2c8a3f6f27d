// expect: threw TypeError: there is no `fs/symlink`
await (globalThis as any).__narrows.tool('fs/symlink')({ from: '/etc/passwd', to: '/tmp/passwd' });
