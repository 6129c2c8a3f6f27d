// expect: threw ToolError
await callMCPTool('slack__send_message', { channel: '#x', text: () => 'x' } as any);
