// expect: threw Error
await fs.mkdir('/tmp/a/b', { recursive: true });
await fs.writeFile('/tmp/c', 'x');
await fs.rename('/tmp/c', '/tmp/a');
