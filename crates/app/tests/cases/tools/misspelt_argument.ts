// A misspelt argument is found before anything runs
import { sendMessage } from './servers/slack';
await sendMessage({ chanel: '#sales', text: 'x' });
//= refused at 3:21: CheckError: `sendMessage` has no argument `chanel` (did you mean `channel`?)
//= problem 3:21: `sendMessage` has no argument `chanel` (did you mean `channel`?)
