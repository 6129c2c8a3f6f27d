// expect: exceeded limits.workspace_mb
for (let n = 0; ; n++) await fs.writeFile(`/tmp/${n}`, 'x'.repeat(500_000));
