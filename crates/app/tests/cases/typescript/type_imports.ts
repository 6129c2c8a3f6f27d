// Imports of types alone import nothing
import type { Something } from './servers/slack';
import { listChannels, type ListChannelsOutput } from './servers/slack';
return typeof listChannels;
//= returned "function"
