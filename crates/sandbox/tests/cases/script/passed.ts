import { read, list } from './servers/docs';
import { send } from './servers/mail';
const text = await read({ id: 1 });
const rows = await list();
await send({ text, subject: rows[0].title, ['to']: await read({ id: 2 }), copy: rows ?? [], when: `${text}` });
await callMCPTool('mail', 'send', { text: text.result, rows });
await send({ text: read({ id: 3 }) });
if (typeof text === 'string') await send({ text });
console.log({ text });
