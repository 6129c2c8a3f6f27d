// The last line takes an object apart
import { listChannels } from './servers/slack';
const [{ name, topic }] = await listChannels();
//= returned {"name":"#general","topic":"Everybody"}
//= call slack/list_channels answered x1
//= repair: The script has no `return`: `name`, `topic`, assigned last, was returned
