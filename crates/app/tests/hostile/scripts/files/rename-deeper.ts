// expect: threw Error: ENAMETOOLONG
// limits: workspace_files=100
const deep = (path: string) => path + '/a'.repeat(26);
await fs.mkdir(deep('/tmp/a'), { recursive: true });
await fs.mkdir(deep('/tmp/b'), { recursive: true });
await fs.rename('/tmp/a', '/tmp/c');
await fs.rename('/tmp/c', deep('/tmp/b') + '/c');
