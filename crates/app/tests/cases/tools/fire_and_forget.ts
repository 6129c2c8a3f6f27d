// A call nobody waits for is still made, and said
import { sendMessage } from './servers/slack';
sendMessage({ channel: '#sales', text: 'x' });
return 'done';
