// import() works in the middle of a script
const { listChannels } = await import('./servers/slack/listChannels');
return (await listChannels()).length;
//= returned 6
//= call slack/list_channels answered x1
