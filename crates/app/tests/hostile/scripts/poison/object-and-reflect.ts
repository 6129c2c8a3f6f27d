// expect: returned true
import { listChannels } from './servers/slack';
const no = (): never => {
  throw new Error('poisoned');
};
for (const name of ['keys', 'entries', 'assign', 'defineProperty', 'freeze', 'getPrototypeOf'])
  (Object as any)[name] = no;
for (const name of Reflect.ownKeys(Reflect)) if (typeof name === 'string') (Reflect as any)[name] = no;
return Array.isArray(await listChannels());
