// expect: threw TypeError
await callMCPTool({ toString: () => 'slack__send_message' } as any, {});
