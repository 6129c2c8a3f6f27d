// expect: returned true
import { listChannels, sendMessage } from './servers/slack';
const message = { channel: '#sales', text: 'before' };
const sent = sendMessage(message);
message.channel = '#no-such-channel';
return ((await sent) as any).ok;
