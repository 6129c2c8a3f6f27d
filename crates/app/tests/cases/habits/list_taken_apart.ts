// A list is taken apart as if it had rows
import { listChannels } from './servers/slack';
const { channels } = await listChannels();
return channels.length;
//= threw at 4:8: TypeError: cannot read property 'length' of undefined (`listChannels` returned { name: string, topic: string }[])
//= call slack/list_channels answered x1
//= warning: line 3: by what `listChannels` declares to return, the result is the list itself: write `const channels = await listChannels(…)`
//deno= threw at 4:17: TypeError: Cannot read properties of undefined (reading 'length') (`listChannels` returned { name: string, topic: string }[])
//deno= call slack/list_channels answered x1
//deno= warning: line 3: by what `listChannels` declares to return, the result is the list itself: write `const channels = await listChannels(…)`
