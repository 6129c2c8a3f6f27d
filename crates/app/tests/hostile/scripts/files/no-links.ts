// expect: threw TypeError
await (fs as any).symlink('/etc/passwd', '/tmp/passwd');
