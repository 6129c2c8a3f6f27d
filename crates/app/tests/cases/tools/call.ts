// A tool is a function
import { sendMessage } from './servers/slack/sendMessage';
return await sendMessage({ channel: '#sales', text: 'hi' });
