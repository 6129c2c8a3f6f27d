// A name nobody knows is a ToolError with a proposal
try {
  await callMCPTool('slack__list_chanels', {});
} catch (e: any) {
  return [e.name, e.code, e.message];
}
//= refused at 3:9: CheckError: there is no tool `slack__list_chanels` (did you mean `slack/listChannels`?)
//= problem 3:9: there is no tool `slack__list_chanels` (did you mean `slack/listChannels`?)
