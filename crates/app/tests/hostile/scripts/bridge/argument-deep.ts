// expect: exceeded limits.depth at 4
let deep: any = 'x';
for (let n = 0; n < 5_000; n++) deep = [deep];
await callMCPTool('slack__send_message', { channel: '#x', text: deep });
