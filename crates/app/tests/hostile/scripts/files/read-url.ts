// expect: threw PermissionError
return await fs.readFile('file:///etc/passwd', 'utf-8');
