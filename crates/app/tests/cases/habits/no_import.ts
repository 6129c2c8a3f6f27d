// The import is forgotten
const channels = await listChannels();
return channels.length;
//= threw at 2:24: ReferenceError: listChannels is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
//deno= threw at 2:18: ReferenceError: listChannels is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
