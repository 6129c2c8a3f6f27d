// expect: exceeded limits.workspace_files
for (let n = 0; ; n++) await checkpoint.set(`key ${n}`, n);
