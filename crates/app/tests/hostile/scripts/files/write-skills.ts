// expect: threw PermissionError
await fs.writeFile('/skills/.versions/report.json', '{}');
