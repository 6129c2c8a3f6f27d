return await globalThis.tools['slack']['list_channels']();
//= threw at 1:14: TypeError: cannot read property 'slack' of undefined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
//deno= threw at 1:25: TypeError: Cannot read properties of undefined (reading 'slack') (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
