// A chain of `then` at the end
import { listChannels } from './servers/slack';
listChannels()
  .then((channels) => channels.map((channel) => channel.name))
  .then((names) => names[0]);
//= returned "#general"
//= call slack/list_channels answered x1
//= repair: The script has no `return`: the value of its last expression was returned
