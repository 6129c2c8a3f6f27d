// expect: threw TypeError
await fs.writeFile('/workspace/x.ts', 'export default 1');
const name = '/workspace/' + 'x.ts';
return (await import(name)).default;
