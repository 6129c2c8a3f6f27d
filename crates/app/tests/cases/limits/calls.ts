// Calls are counted, and the end of a run by a limit cannot be caught
import { listChannels } from './servers/slack';
let made = 0;
try {
  for (;;) {
    await Promise.all(Array.from({ length: 50 }, () => listChannels()));
    made += 50;
  }
} catch (e: any) {
  return [made, e.name, e.code];
}
//= exceeded at 6:56: LimitError [limits.calls]: the limit of tool calls of 5000 was reached (`limits.calls`)
//= call slack/list_channels answered x5000
