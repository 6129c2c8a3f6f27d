import { listChannels } from './servers/slack.ts';
return (await listChannels()).length;
//= returned 6
//= call slack/list_channels answered x1
