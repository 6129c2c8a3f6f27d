return (fs as any).readFileSync('/workspace/rows.txt').split('\n');
//= threw at 1:20: Error: fs.readFileSync is not available: use `await fs.readFile(…)` (write `await fs.readFile(path, 'utf8')`)
