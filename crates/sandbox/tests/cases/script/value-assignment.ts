import { listChannels } from './servers/slack';
const result = await listChannels();
interface Unused { a: string }
