// expect: returned 1
import { listChannels } from './servers/slack';
void Promise.reject(1).catch(() => listChannels({}));
return 1;
