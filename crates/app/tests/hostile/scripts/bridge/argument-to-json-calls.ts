// expect: returned 1
import { listChannels, sendMessage } from './servers/slack';
let calls = 0;
const text: any = {
  toJSON() {
    calls++;
    void listChannels();
    return 'x';
  },
};
await sendMessage({ channel: '#sales', text });
return calls;
