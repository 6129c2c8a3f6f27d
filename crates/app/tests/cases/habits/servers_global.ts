const channels = await servers.slack.list_channels({});
return channels.length;
//= threw at 1:24: ReferenceError: servers is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
//deno= threw at 1:18: ReferenceError: servers is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
