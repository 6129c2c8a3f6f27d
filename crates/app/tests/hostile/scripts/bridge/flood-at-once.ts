// expect: exceeded limits.calls at 3
import { listChannels } from './servers/slack';
await Promise.all(Array.from({ length: 10_000 }, () => listChannels({})));
