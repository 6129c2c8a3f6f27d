// expect: exceeded limits.argument_kb at 2
await callMCPTool('slack__send_message', { channel: '#x', text: 'x'.repeat(1 << 21) });
