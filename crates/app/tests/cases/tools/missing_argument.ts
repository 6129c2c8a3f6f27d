// A missing argument is found before anything runs
import { sendMessage } from './servers/slack';
console.log('not reached');
await sendMessage({ channel: '#sales' });
