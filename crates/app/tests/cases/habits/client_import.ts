import { callMCPTool } from '../../../client.js';
const channels = await callMCPTool('slack__list_channels', {});
return channels.length;
//= refused at 1:29: CheckError: `../../../client.js` does not exist here (`callMCPTool` is a global here: leave the import out)
//= problem 1:29: `../../../client.js` does not exist here (`callMCPTool` is a global here: leave the import out)
