// expect: returned true
import { listChannels } from './servers/slack';
const no = (): never => {
  throw new Error('poisoned');
};
const then = Promise.prototype.then;
Promise.prototype.then = function (this: any, ...rest: any[]) {
  return (then as any).apply(this, rest);
} as any;
return Array.isArray(await listChannels());
