// expect: returned true
import { listChannels } from './servers/slack';
for (const name of ['get', 'set', 'value', 'writable', 'enumerable'])
  (Object.prototype as any)[name] = () => 'forged';
return Array.isArray(await listChannels());
