// An empty value: what the calls returned is told
import { listChannels } from './servers/slack';
const channels = await listChannels();
return channels.filter((channel) => channel.name === 'sales');
//= returned []
//= call slack/list_channels answered x1
//= warning: the value is []; `listChannels` returned { name: string, topic: string }[]
