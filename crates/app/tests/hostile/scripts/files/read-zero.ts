// expect: threw Error: EINVAL
return await fs.readFile('/workspace/a\0b/b/etc/passwd', 'utf-8');
