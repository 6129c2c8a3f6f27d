// A misspelt argument is found before anything runs
import { sendMessage } from './servers/slack';
await sendMessage({ chanel: '#sales', text: 'x' });
