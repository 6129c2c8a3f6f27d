// expect: threw PermissionError
await fs.writeFile('/skills/report.ts', 'export const report = () => 1;');
