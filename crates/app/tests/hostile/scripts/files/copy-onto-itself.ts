// expect: returned "x"
await fs.writeFile('/tmp/c', 'x');
await fs.copyFile('/tmp/c', '/tmp/c');
return await fs.readFile('/tmp/c', 'utf-8');
