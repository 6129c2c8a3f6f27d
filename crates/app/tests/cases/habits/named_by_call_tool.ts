// The tool is named where it is called
return await call_tool('slack__list_channels', {});
//= threw at 2:14: ReferenceError: call_tool is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
//deno= threw at 2:1: ReferenceError: call_tool is not defined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
