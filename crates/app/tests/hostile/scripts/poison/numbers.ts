// expect: returned true
import { listChannels } from './servers/slack';
const no = (): never => {
  throw new Error('poisoned');
};
Number.prototype.toString = no as any;
(globalThis as any).Number = no;
Math.max = Math.min = no;
return Array.isArray(await listChannels());
