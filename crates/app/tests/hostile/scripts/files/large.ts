// expect: exceeded limits.file_mb at 3
await fs.writeFile('/tmp/large', 'x'.repeat(1_000_000));
await fs.appendFile('/tmp/large', 'x'.repeat(100_000));
