// expect: threw Error: no
await callMCPTool('slack__send_message', {
  channel: '#x',
  get text(): string {
    throw new Error('no');
  },
});
