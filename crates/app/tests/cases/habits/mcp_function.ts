const channels = await mcp__slack__list_channels({});
return channels.length;
//= threw at 1:24: ReferenceError: mcp__slack__list_channels is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
//deno= threw at 1:18: ReferenceError: mcp__slack__list_channels is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
