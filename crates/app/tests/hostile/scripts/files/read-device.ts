// expect: threw PermissionError
return await fs.readFile('/dev/zero', 'utf-8');
