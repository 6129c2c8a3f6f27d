// A call that is not waited for
import { listChannels } from './servers/slack';
const channels = listChannels();
return channels.length;
//= returned null
//= call slack/list_channels answered x1
//= warning: 1 call was not awaited; write `await`, or `await Promise.all(…)` for several
//= warning: line 4: `channels` is a promise; write `(await channels).length`
