// The server by itself, then the tool
const channels = await callMCPTool('slack', 'list_channels', {});
return channels.length;
//= returned 6
//= call slack/list_channels answered x1
