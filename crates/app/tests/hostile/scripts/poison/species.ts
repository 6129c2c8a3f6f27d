// expect: returned true
import { listChannels } from './servers/slack';
Object.defineProperty(Promise, Symbol.species, {
  get() {
    throw new Error('poisoned');
  },
});
return Array.isArray(await listChannels());
