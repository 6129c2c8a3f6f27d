// The index of a server has all its tools
import * as slack from './servers/slack';
return Object.keys(slack).sort();
//= returned ["getConversationHistory","listChannels","sendMessage"]
