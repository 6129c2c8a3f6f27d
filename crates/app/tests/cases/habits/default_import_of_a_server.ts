import slack from './servers/slack';
return (await slack.listChannels()).length;
//= refused at 1:8: CheckError: `./servers/slack` has no default export (write `import * as slack from './servers/slack'`)
//= problem 1:8: `./servers/slack` has no default export (write `import * as slack from './servers/slack'`)
