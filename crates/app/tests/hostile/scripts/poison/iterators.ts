// expect: returned true
import { listChannels } from './servers/slack';
const no = (): never => {
  throw new Error('poisoned');
};
Array.prototype[Symbol.iterator] = no as any;
(String.prototype as any)[Symbol.iterator] = no;
(Object.getPrototypeOf(Object.getPrototypeOf(new Map().entries())) as any).next = no;
return Array.isArray(await listChannels());
