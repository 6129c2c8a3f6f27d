// expect: threw Error: ENOENT
return await fs.readFile('..\\..\\etc\\passwd', 'utf-8');
