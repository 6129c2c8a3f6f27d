// expect: threw Error: EISDIR
await fs.mkdir('/tmp/a');
await fs.copyFile('/tmp/a', '/tmp/b');
