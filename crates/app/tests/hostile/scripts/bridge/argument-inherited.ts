// expect: threw ToolError
await callMCPTool('slack__send_message', Object.create({ channel: '#x', text: 'y' }));
