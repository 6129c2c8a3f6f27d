// An import may stand after statements
const a = 1;
import { listChannels } from './servers/slack';
return a + (await listChannels()).length;
//= returned 7
//= call slack/list_channels answered x1
