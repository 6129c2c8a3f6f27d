return await callTool('slack.list_channels', {});
//= threw at 1:14: ReferenceError: callTool is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
//deno= threw at 1:1: ReferenceError: callTool is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
