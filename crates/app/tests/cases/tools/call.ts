// A tool is a function
import { sendMessage } from './servers/slack/sendMessage';
return await sendMessage({ channel: '#sales', text: 'hi' });
//= returned {"ok":true,"channel":"#sales","ts":"1767603601.000001"}
//= call slack/send_message answered x1
