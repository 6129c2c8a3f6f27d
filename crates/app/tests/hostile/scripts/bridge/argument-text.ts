// expect: refused CheckError
const text: any = '{"channel": "#x", "text": "y"}';
await callMCPTool('slack__send_message', text);
