// expect: threw Error
await fs.readFile('/workspace/' + '../workspace/'.repeat(50_000) + 'x', 'utf-8');
