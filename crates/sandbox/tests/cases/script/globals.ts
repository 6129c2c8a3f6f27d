const a = await tools.slack.listChannels({});
const b = await mcp__slack__post({ text: a });
process.env.HOME; Buffer.from('a'); Deno.readTextFile('/x');
return typeof Bun + print(a);
