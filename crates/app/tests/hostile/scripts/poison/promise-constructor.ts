// expect: returned true
import { listChannels } from './servers/slack';
Promise.prototype.constructor = class {
  constructor() {
    throw new Error('poisoned');
  }
} as any;
return await listChannels().then((list: any) => list.length > 0);
