// expect: threw ToolError
await callMCPTool('slack__send_message', JSON.parse('{"__proto__": {"channel": "#x", "text": "y"}}'));
