// expect: threw Error: ENOENT
return await fs.readFile('/workspace/\ud800', 'utf-8');
