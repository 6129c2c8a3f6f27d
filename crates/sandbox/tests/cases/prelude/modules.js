const narrows = await __narrows.import('narrows');
const same = await __narrows.import('@anthropic/code-execution');
return [Object.keys(narrows).sort(), narrows.fs === fs, same.callMCPTool === callMCPTool, Object.isFrozen(__narrows)];
// expect: returned [["LimitError","NetworkError","PermissionError","ToolError","UnknownOutcomeError","callMCPTool","checkpoint","contentOf","default","fs",
// expect: "privacy","readResource","results","searchTools","toolRegistry"],true,true,true]
