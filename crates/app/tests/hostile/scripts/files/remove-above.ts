// expect: threw PermissionError
await fs.rm('/workspace/..', { recursive: true, force: true });
