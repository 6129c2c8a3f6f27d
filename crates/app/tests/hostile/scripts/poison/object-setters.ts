// expect: returned false
import { listChannels } from './servers/slack';
let touched = false;
for (const name of ['id', 'name', 'text', 'ok', 'ts', '0'])
  Object.defineProperty(Object.prototype, name, { set() { touched = true; }, configurable: true });
await listChannels();
return touched;
