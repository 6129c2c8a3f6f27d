// The value is in a `try`
import { listChannels } from './servers/slack';
try {
  const channels = await listChannels();
  channels.length;
} catch (error) {
  console.error(error);
}
//= returned 6
//= call slack/list_channels answered x1
//= repair: The script has no `return`: the value of its last expression was returned
