// A script that asks whether there is a function may do without it
import * as slack from './servers/slack';
if (slack.sendMesage) await slack.sendMesage({ text: 'x' });
await slack.sendMessages?.({ text: 'x' });
return 'done';
//= returned "done"
