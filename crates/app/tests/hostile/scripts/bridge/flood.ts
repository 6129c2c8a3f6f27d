// expect: exceeded limits.calls at 3
import { listChannels } from './servers/slack';
while (true) await listChannels({});
