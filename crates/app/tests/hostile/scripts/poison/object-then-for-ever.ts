// expect: threw DeadlockError
import { listChannels } from './servers/slack';
(Object.prototype as any).then = () => {};
return await listChannels();
