// expect: returned ["LimitError","limits.depth"]
let deep: any = 'x';
for (let n = 0; n < 5_000; n++) deep = [deep];
try {
  await callMCPTool('slack__send_message', { channel: '#x', text: deep });
} catch (error: any) {
  return [error.name, error.code];
}
