// expect: returned "done"
import { listChannels } from './servers/slack';
for (let n = 0; n < 20; n++) await listChannels();
return 'done';
