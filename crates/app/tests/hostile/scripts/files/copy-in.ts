// expect: threw PermissionError
await fs.copyFile('/etc/passwd', '/tmp/passwd');
