// expect: threw Error: x
import { listChannels } from './servers/slack';
void listChannels({});
throw new Error('x');
