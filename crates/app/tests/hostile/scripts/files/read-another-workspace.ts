// expect: threw
return await fs.readFile('/workspace/../../other/workspace/secret', 'utf-8');
