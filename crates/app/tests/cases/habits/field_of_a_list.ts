// A field of the elements is read of their list
import { listChannels } from './servers/slack';
const r: any = await listChannels();
return r.name.toUpperCase();
//= threw at 4:8: TypeError: cannot read property 'toUpperCase' of undefined (`name` is read of what `listChannels` returned, { name: string, topic: string }[]; `r` is a list, whose elements have that: `r.map((one) => one.name)`)
//= call slack/list_channels answered x1
//= warning: line 4: by what `listChannels` declares to return, `r` is a list, whose elements have that: `r.map((one) => one.name)`
//deno= threw at 4:15: TypeError: Cannot read properties of undefined (reading 'toUpperCase') (`name` is read of what `listChannels` returned, { name: string, topic: string }[]; `r` is a list, whose elements have that: `r.map((one) => one.name)`)
//deno= call slack/list_channels answered x1
//deno= warning: line 4: by what `listChannels` declares to return, `r` is a list, whose elements have that: `r.map((one) => one.name)`
