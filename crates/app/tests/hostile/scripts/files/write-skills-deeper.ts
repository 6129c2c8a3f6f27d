// expect: threw PermissionError
await fs.writeFile('/skills/deep/er/report.ts', 'export const report = () => 1;');
