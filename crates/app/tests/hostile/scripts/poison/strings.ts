// expect: returned true
import { listChannels } from './servers/slack';
const no = (): never => {
  throw new Error('poisoned');
};
for (const name of ['split', 'slice', 'startsWith', 'replace', 'indexOf', 'lastIndexOf', 'trim', 'charCodeAt'])
  (String.prototype as any)[name] = no;
return Array.isArray(await listChannels());
