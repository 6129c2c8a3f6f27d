// Arguments made JSON
import { sendMessage } from './servers/slack';
const message = { channel: '#sync', text: 'x' };
return await sendMessage(JSON.stringify(message) as any);
//= threw at 4:41: ToolError [invalid_arguments]: a tool takes one object of arguments, like `getDocument({ id: … })` (write `sendMessage(message)`, without `JSON.stringify`)
//= call slack/send_message invalid_arguments x1
//deno= threw at 4:14: ToolError [invalid_arguments]: a tool takes one object of arguments, like `getDocument({ id: … })` (write `sendMessage(message)`, without `JSON.stringify`)
//deno= call slack/send_message invalid_arguments x1
