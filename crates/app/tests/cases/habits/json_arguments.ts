// Arguments as JSON text
import { sendMessage } from './servers/slack';
return await sendMessage('{"channel":"#sync","text":"it\'s done"}');
//= refused at 3:14: CheckError: `sendMessage` takes one object, not a string (write `sendMessage({ channel: "#sync", text: "it's done" })`)
//= problem 3:14: `sendMessage` takes one object, not a string (write `sendMessage({ channel: "#sync", text: "it's done" })`)
