// The last line assigns
import { listChannels } from './servers/slack';
const first = (await listChannels())[0].name;
//= returned "#general"
//= call slack/list_channels answered x1
//= repair: The script has no `return`: `first`, assigned last, was returned
