// expect: returned true
import { listChannels } from './servers/slack';
const no = (): never => {
  throw new Error('poisoned');
};
Promise.prototype.then = no as any;
Promise.prototype.catch = no as any;
return Array.isArray(await listChannels());
