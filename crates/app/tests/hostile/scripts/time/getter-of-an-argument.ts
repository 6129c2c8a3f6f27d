// expect: exceeded limits.cpu_seconds at 6
import { listChannels, sendMessage } from './servers/slack';
await sendMessage({
  channel: '#x',
  get text(): string {
    for (;;) Math.random();
  },
});
