// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
import { listChannels, sendMessage } from './servers/slack';
const all: unknown[] = [];
try {
  while (true) all.push(new Uint8Array(1 << 20));
} catch {
  all.length = 0;
  await sendMessage({ channel: '#x', text: 'after the limit' });
}
return 'swallowed';
