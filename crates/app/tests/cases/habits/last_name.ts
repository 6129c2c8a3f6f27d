// The last line is a name
import { listChannels } from './servers/slack';
const channels = await listChannels();
const result = channels.length;
result;
//= returned 6
//= call slack/list_channels answered x1
//= repair: The script has no `return`: the value of its last expression was returned
