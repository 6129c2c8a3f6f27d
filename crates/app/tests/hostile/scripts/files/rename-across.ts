// expect: returned "x"
await fs.writeFile('/tmp/c', 'x');
await fs.rename('/tmp/c', '/workspace/new/c');
return await fs.readFile('/workspace/new/c', 'utf-8');
