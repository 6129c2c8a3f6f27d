// expect: exceeded limits.workspace_files at 2
for (let n = 0; ; n++) await fs.writeFile(`/tmp/many/${n}`, 'x');
