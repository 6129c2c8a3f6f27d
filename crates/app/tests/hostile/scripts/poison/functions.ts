// expect: returned true
import { listChannels } from './servers/slack';
const no = (): never => {
  throw new Error('poisoned');
};
Function.prototype.call = no as any;
Function.prototype.apply = no as any;
Function.prototype.bind = no as any;
return Array.isArray(await listChannels());
