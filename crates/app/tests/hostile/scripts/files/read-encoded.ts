// expect: threw Error: ENOENT
return await fs.readFile('/workspace/%2e%2e/%2e%2e/etc/passwd', 'utf-8');
