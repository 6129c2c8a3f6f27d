const { fs } = await import('./servers/x');
const name = 'tool' + 'Registry';
return globalThis[name].list();
