// expect: threw PermissionError
return await fs.readFile('/kept/half-written', 'utf-8');
