// expect: exceeded limits.calls
import { listChannels } from './servers/slack';
await Promise.allSettled(Array.from({ length: 60 }, () => listChannels({})));
await fs.writeFile('/tmp/after', 'the limit was swallowed');
return 'swallowed';
