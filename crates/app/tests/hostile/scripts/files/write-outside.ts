// expect: threw PermissionError
await fs.writeFile('/etc/cron.d/x', 'x');
