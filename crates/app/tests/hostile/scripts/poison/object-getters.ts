// expect: returned true
import { listChannels } from './servers/slack';
for (const name of ['name', 'message', 'code', 'server', 'tool', 'data', 'stack'])
  Object.defineProperty(Object.prototype, name, { get: () => 'forged', set() {}, configurable: true });
return Array.isArray(await listChannels());
