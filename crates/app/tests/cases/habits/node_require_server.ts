const { listChannels, sendMessage: send } = require('./servers/slack');
return await listChannels();
//= threw at 1:45: ReferenceError: require('./servers/slack') is not possible: scripts are ES modules: use `import` (write `import { listChannels, sendMessage as send } from './servers/slack';`)
//= warning: line 1 uses `require`, which does not exist here; use `import`
