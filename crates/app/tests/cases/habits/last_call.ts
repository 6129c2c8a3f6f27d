// The last line is a call that is waited for
import { sendMessage } from './servers/slack';
await sendMessage({ channel: '#sync', text: 'done' });
//= returned {"ok":true,"channel":"#sync","ts":"1767603601.000001"}
//= call slack/send_message answered x1
//= repair: The script has no `return`: the value of its last expression was returned
