// expect: exceeded limits.workspace_files
for (let n = 0; ; n++) await fs.mkdir(`/tmp/${n}/a/b/c`, { recursive: true });
