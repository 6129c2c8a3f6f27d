// expect: threw ToolError
const name = ['..', '..', 'etc', 'passwd'].join('/');
await callMCPTool(name, {});
