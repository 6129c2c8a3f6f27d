// expect: returned true
import { listChannels, sendMessage } from './servers/slack';
const message: any = new Proxy({ channel: '#sales', text: 'x' }, {});
return ((await sendMessage(message)) as any).ok;
