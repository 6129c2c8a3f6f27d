// expect: returned 1
import { listChannels } from './servers/slack';
void listChannels({});
void listChannels({});
return 1;
