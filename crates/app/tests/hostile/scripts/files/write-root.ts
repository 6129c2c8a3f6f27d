// expect: threw PermissionError
await fs.writeFile('/', 'x');
