// expect: threw ToolError
await (globalThis as any).__narrows.tool('servers/slack/deleteEverything')({});
