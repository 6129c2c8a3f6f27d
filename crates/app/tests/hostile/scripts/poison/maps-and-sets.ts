// expect: returned true
import { listChannels } from './servers/slack';
const no = (): never => {
  throw new Error('poisoned');
};
for (const name of ['get', 'set', 'has', 'delete', 'forEach'])
  (Map.prototype as any)[name] = (Set.prototype as any)[name] = no;
(Set.prototype as any).add = no;
return Array.isArray(await listChannels());
