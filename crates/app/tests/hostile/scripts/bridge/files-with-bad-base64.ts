// expect: threw TypeError: the content is not base64
await (globalThis as any).__narrows.tool('fs/writeFile')({ path: '/workspace/x', base64: '%%%' });
