const server = 'odd';
const call = (tool: string, args: object) => callMCPTool('odd', tool, args);
await callMCPTool('odd', 'ec' + 'ho', { v: 1 });
await callMCPTool('odd', ...(['echo', {}] as any));
await callMCPTool(server, 'echo', { v: 1 });
return await callMCPTool('odd__echo', call);
