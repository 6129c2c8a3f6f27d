return await this.slack.listChannels();
//= threw: TypeError: cannot read property 'slack' of undefined (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
//deno= threw at 1:19: TypeError: Cannot read properties of undefined (reading 'slack') (write `import { listChannels } from './servers/slack';` and `await listChannels({ … })`)
