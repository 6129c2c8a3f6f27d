// Node's way to give something back
import { listChannels } from './servers/slack';
module.exports = async () => (await listChannels()).length;
//= returned 6
//= call slack/list_channels answered x1
//= repair: The script has no `return`: the function at its end was called, and its value returned
