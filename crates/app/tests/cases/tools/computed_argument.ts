// What is wrong only while it runs is an error of the call
import { sendMessage } from './servers/slack';
const argument: any = JSON.parse('{"channel": 7, "text": "x"}');
try {
  await sendMessage(argument);
} catch (e: any) {
  return [e.name, e.code, e.message];
}
