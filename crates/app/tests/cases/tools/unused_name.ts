// A name that is not used is left out, and said if it could not have worked
import { listChannels, sendMesage } from './servers/slack';
return (await listChannels()).length;
//= returned 6
//= call slack/list_channels answered x1
//= warning: line 2: `./servers/slack` does not export `sendMesage`; did you mean `sendMessage`?
