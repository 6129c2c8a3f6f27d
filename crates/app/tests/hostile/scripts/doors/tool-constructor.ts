// expect: threw ReferenceError
import { listChannels } from './servers/slack';
return (listChannels as any).constructor('return process')();
