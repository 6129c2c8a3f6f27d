// expect: returned 1
import { listChannels } from './servers/slack';
void (async () => {
  await listChannels({});
  await fs.writeFile('/tmp/late', 'after the end');
  for (;;);
})();
return 1;
