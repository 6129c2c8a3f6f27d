// A call nobody waits for is still made, and said
import { sendMessage } from './servers/slack';
sendMessage({ channel: '#sales', text: 'x' });
return 'done';
//= returned "done"
//= call slack/send_message answered x1
//= warning: 1 call was not awaited; write `await`, or `await Promise.all(…)` for several
