// expect: exceeded limits.calls at 5
import { listChannels } from './servers/slack';
for (;;) {
  try {
    await listChannels({});
  } catch {
  } finally {
    continue;
  }
}
