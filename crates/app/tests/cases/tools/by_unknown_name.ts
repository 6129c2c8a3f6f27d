// A name nobody knows is a ToolError with a proposal
try {
  await callMCPTool('slack__list_chanels', {});
} catch (e: any) {
  return [e.name, e.code, e.message];
}
