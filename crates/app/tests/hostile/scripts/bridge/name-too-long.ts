// expect: threw TypeError: a name must not be longer than 1024 bytes
await callMCPTool('n'.repeat(100_000), {});
