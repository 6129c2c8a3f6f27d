// expect: exceeded limits.calls
import { listChannels } from './servers/slack';
for (let n = 0; n < 1_000; n++) void listChannels({}).catch(() => {});
return 'ended before the calls';
