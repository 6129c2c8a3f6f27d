// The value stands before a loop: the line to write is told
import { listChannels } from './servers/slack';
let total = 0;
for (const channel of await listChannels()) {
  total += channel.name.length;
}
//= returned null
//= call slack/list_channels answered x1
//= warning: the script returned nothing; write `return total;` at its end; `listChannels` returned { name: string, topic: string }[]
