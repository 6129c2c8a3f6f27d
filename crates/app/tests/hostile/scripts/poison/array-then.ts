// expect: returned "forged"
import { listChannels } from './servers/slack';
(Array.prototype as any).then = function (done: (x: unknown) => void) {
  done('forged');
};
return await listChannels();
