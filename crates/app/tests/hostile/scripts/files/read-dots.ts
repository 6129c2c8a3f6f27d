// expect: threw PermissionError
return await fs.readFile('/workspace/../../../etc/passwd', 'utf-8');
