// expect: threw ToolError
const list: any = ['#x', 'y'];
await callMCPTool('slack__send_message', list);
