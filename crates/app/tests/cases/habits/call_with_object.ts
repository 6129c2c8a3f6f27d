// One object with everything
const channels = await callMCPTool({ server: 'slack', tool: 'list_channels', arguments: {} });
return channels.length;
//= returned 6
//= call slack/list_channels answered x1
