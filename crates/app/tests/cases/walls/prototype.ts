// Poisoned prototypes stay in the script
import { sendMessage } from './servers/slack';
(Object.prototype as any).channel = '#evil';
Array.prototype.map = () => { throw new Error('poisoned'); };
Promise.prototype.then = ((then) => function (this: any, ...a: any[]) { return then.apply(this, a as any); })(Promise.prototype.then) as any;
const sent: any = await sendMessage({ channel: '#sales', text: 'x' });
return sent.ok;
//= returned true
//= call slack/send_message answered x1
