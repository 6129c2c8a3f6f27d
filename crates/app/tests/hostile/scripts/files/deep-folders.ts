// expect: threw Error: ENAMETOOLONG
await fs.mkdir('/tmp/' + 'a/'.repeat(5_000), { recursive: true });
