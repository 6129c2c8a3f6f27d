// A default export
import { listChannels } from './servers/slack';
export default async () => (await listChannels()).length;
//= returned 6
//= call slack/list_channels answered x1
