// A script that returns is left alone
import { listChannels } from './servers/slack';
const channels = await listChannels();
if (channels.length > 100) return 'many';
channels.length;
//= returned null
//= call slack/list_channels answered x1
//= warning: the value is undefined; `listChannels` returned { name: string, topic: string }[]
