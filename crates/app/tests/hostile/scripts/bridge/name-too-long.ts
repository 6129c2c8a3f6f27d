// expect: threw TypeError: a name of more than 1024 bytes names nothing
await callMCPTool('n'.repeat(100_000), {});
