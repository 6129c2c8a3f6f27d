const r = await mcp.callTool({ name: 'slack__list_channels', arguments: {} });
return r.length;
//= threw at 1:17: ReferenceError: mcp is not defined (write `await callMCPTool('server__tool', { … })`)
//deno= threw at 1:11: ReferenceError: mcp is not defined (write `await callMCPTool('server__tool', { … })`)
