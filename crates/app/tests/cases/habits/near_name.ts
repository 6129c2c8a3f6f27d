// A property that the tool declares under another name
import { sendMessage } from './servers/slack';
const sent = await sendMessage({ channel: '#sync', text: 'x' });
return sent.Channel;
//= returned null
//= call slack/send_message answered x1
//= warning: line 4: by what `sendMessage` declares to return, `sent` has no `Channel`; did you mean `channel`?
