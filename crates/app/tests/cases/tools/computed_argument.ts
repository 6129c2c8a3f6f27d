// What is wrong only while it runs is an error of the call
import { sendMessage } from './servers/slack';
const argument: any = JSON.parse('{"channel": 7, "text": "x"}');
try {
  await sendMessage(argument);
} catch (e: any) {
  return [e.name, e.code, e.message];
}
//= returned ["ToolError","invalid_arguments","wrong arguments for `slack/send_message`: `channel` must be a string, not a number"]
//= call slack/send_message invalid_arguments x1
