// expect: threw PermissionError
return await fs.readFile('/etc/passwd', 'utf-8');
