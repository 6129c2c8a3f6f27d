// expect: threw PermissionError
await fs.writeFile('/servers/slack/sendMessage.ts', 'export const sendMessage = () => 1;');
