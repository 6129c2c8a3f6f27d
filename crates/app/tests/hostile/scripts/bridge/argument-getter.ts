// expect: returned 1
let read = 0;
await callMCPTool('slack__send_message', {
  channel: '#sales',
  get text() {
    read++;
    return 'x';
  },
});
return read;
