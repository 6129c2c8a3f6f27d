// expect: exceeded limits.calls
const name = ['no', 'such_tool'].join('__');
for (;;) await callMCPTool(name, {}).catch(() => {});
