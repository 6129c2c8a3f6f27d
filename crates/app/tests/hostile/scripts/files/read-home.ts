// expect: threw PermissionError
return await fs.readFile('~/.ssh/id_rsa', 'utf-8');
