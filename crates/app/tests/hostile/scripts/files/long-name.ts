// expect: threw Error: ENAMETOOLONG
await fs.writeFile('/tmp/' + 'a'.repeat(5_000), 'x');
