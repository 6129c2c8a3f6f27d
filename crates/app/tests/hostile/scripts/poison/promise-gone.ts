// expect: returned true
import { listChannels } from './servers/slack';
(globalThis as any).Promise = undefined;
return Array.isArray(await listChannels());
