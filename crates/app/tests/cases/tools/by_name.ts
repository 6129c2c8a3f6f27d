// A tool can be called by its name
const a: any = await callMCPTool('slack__list_channels', {});
const b: any = await callMCPTool('slack/listChannels', {});
return [a.length, b.length];
//= returned [6,6]
//= call slack/list_channels answered x2
