// expect: returned true
import { listChannels } from './servers/slack';
const no = (): never => {
  throw new Error('poisoned');
};
(globalThis as any).Error = (globalThis as any).TypeError = (globalThis as any).ToolError = no;
return Array.isArray(await listChannels());
