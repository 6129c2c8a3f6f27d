// expect: threw SkillError
await fs.writeFile('/skills/report.ts', 'const report = () => 1;');
