// expect: threw TypeError: the argument holds a promise
await callMCPTool('slack__send_message', { channel: '#x', text: Promise.resolve('x') } as any);
