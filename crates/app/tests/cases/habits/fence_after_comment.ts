// The list, counted
```ts
import { listChannels } from './servers/slack';
return (await listChannels()).length;
```
//= returned 6
//= call slack/list_channels answered x1
//= repair: Markdown fences were removed
