// What clients of MCP write, of a result that is a list
const result: any = await callMCPTool('slack__list_channels', {});
return JSON.parse(result.content[0].text);
//= threw at 3:19: TypeError: cannot read property '0' of undefined (`content` is read of what `listChannels` returned, { name: string, topic: string }[]; `result` is a list; results arrive unwrapped: use `result` itself)
//= call slack/list_channels answered x1
//= warning: line 3: by what `slack__list_channels` declares to return, `result` is a list; results arrive unwrapped: use `result` itself
//deno= threw at 3:26: TypeError: Cannot read properties of undefined (reading '0') (`content` is read of what `listChannels` returned, { name: string, topic: string }[]; `result` is a list; results arrive unwrapped: use `result` itself)
//deno= call slack/list_channels answered x1
//deno= warning: line 3: by what `slack__list_channels` declares to return, `result` is a list; results arrive unwrapped: use `result` itself
