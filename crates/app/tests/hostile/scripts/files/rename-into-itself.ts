// expect: threw Error
await fs.mkdir('/tmp/a/b', { recursive: true });
await fs.rename('/tmp/a', '/tmp/a/b/c');
