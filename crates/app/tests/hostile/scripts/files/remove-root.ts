// expect: threw PermissionError
await fs.rm('/', { recursive: true, force: true });
