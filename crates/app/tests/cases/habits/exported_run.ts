// An exported function that nobody calls
import { listChannels } from './servers/slack';
export async function run() {
  return (await listChannels()).length;
}
//= returned 6
//= call slack/list_channels answered x1
//= repair: The script only defined the function `run`: it was called, and its value returned
