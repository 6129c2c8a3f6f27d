// Of two calls the first decides
import { listChannels } from './servers/slack';
const first = await Promise.race([listChannels(), new Promise((done) => setTimeout(() => done('late'), 5000))]);
return Array.isArray(first);
//= returned true
//= call slack/list_channels answered x1
