// expect: returned true
import { listChannels } from './servers/slack';
const no = (): never => {
  throw new Error('poisoned');
};
for (const name of ['map', 'push', 'join', 'filter', 'forEach', 'slice', 'concat', 'includes', 'indexOf'])
  (Array.prototype as any)[name] = no;
return Array.isArray(await listChannels());
