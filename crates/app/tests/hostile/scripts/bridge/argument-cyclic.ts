// expect: threw TypeError: the argument is cyclic
const a: any = { channel: '#x' };
a.text = a;
await callMCPTool('slack__send_message', a);
