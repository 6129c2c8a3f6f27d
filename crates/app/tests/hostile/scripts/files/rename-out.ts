// expect: threw PermissionError
await fs.writeFile('/tmp/mine', 'x');
await fs.rename('/tmp/mine', '/etc/mine');
