// expect: threw SkillError
await fs.writeFile('/skills/../skills/a.b.ts', 'export const report = () => 1;');
