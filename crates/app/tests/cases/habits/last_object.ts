// The last line is an object in parentheses
import { listChannels } from './servers/slack';
const channels = await listChannels();
({ count: channels.length });
//= returned {"count":6}
//= call slack/list_channels answered x1
//= repair: The script has no `return`: the value of its last expression was returned
