// expect: threw PermissionError
return await fs.readFile('/proc/self/environ', 'utf-8');
