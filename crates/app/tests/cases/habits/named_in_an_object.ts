const r = await client.callTool({ name: 'list_channels', arguments: { limit: 3 } });
return r.content;
//= threw at 1:17: ReferenceError: client is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
//deno= threw at 1:11: ReferenceError: client is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
