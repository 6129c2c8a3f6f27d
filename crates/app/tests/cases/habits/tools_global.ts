// Another code mode's global
const channels = await tools.slack.listChannels({});
return channels.length;
//= threw at 2:24: ReferenceError: tools is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
//deno= threw at 2:18: ReferenceError: tools is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
