// A misspelt function of a namespace is found before anything is called
import * as slack from './servers/slack';
await slack.listChannels();
return await slack.sendMesage({ channel: '#sales', text: 'x' });
//= refused at 4:14: CheckError: `./servers/slack` does not export `sendMesage` (did you mean `sendMessage`?)
//= problem 4:14: `./servers/slack` does not export `sendMesage` (did you mean `sendMessage`?)
