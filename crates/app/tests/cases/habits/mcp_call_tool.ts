const r = await mcp.callTool({ name: 'slack__list_channels', arguments: {} });
return r.length;
//= threw at 1:17: ReferenceError: mcp is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
//deno= threw at 1:11: ReferenceError: mcp is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
