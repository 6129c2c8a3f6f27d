// A list is taken for an object with rows
import { listChannels } from './servers/slack';
const r = await listChannels();
return r.channels.map((channel) => channel.name);
//= threw at 4:8: TypeError: cannot read property 'map' of undefined (`channels` is read of what `listChannels` returned, { name: string, topic: string }[]; `r` is the list itself: write `r` instead of `r.channels`)
//= call slack/list_channels answered x1
//= warning: line 4: by what `listChannels` declares to return, `r` is the list itself: write `r` instead of `r.channels`
//deno= threw at 4:19: TypeError: Cannot read properties of undefined (reading 'map') (`channels` is read of what `listChannels` returned, { name: string, topic: string }[]; `r` is the list itself: write `r` instead of `r.channels`)
//deno= call slack/list_channels answered x1
//deno= warning: line 4: by what `listChannels` declares to return, `r` is the list itself: write `r` instead of `r.channels`
