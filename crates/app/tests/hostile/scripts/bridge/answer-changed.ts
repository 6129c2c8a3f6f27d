// expect: returned true
import { listChannels, sendMessage } from './servers/slack';
const first: any = await listChannels();
first.length = 0;
first.push('forged');
return ((await listChannels()) as any).length > 1;
