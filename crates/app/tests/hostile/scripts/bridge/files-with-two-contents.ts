// expect: threw TypeError
await (globalThis as any).__narrows.tool('fs/writeFile')({ path: '/workspace/x', text: 'a', base64: 'YQ==' });
