import { fs } from 'narrows';
const x = globalThis.JSON;
await fs.readdir('/workspace');
return callMCPTool('time', 'now');
