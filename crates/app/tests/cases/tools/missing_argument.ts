// A missing argument is found before anything runs
import { sendMessage } from './servers/slack';
console.log('not reached');
await sendMessage({ channel: '#sales' });
//= refused at 4:7: CheckError: `sendMessage` needs `text` (`text` is a string)
//= problem 4:7: `sendMessage` needs `text` (`text` is a string)
