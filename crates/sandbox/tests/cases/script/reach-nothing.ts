import { fs } from 'narrows';
const x = globalThis.JSON;
await fs.readdir('/workspace');
await fs.readdir('./out');
return callMCPTool('time', 'now');
