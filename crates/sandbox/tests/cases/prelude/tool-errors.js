// answer: call reject {"name":"ToolError","message":"rate limited","server":"crm","tool":"query","code":"429","data":{"after":5}}
try {
  await callMCPTool('crm__query', {});
} catch (error) {
  return { name: error.name, is: error instanceof ToolError, keys: Object.keys(error), text: `${error}`, data: error.data };
}
// expect: returned {"name":"ToolError","is":true,"keys":["server","tool","code","data"],"text":"ToolError: rate limited","data":{"after":5}}
