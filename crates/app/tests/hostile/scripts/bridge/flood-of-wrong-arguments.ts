// expect: exceeded limits.calls
const wrong: any = JSON.parse('{"wrong": 1}');
for (;;) await callMCPTool('slack__send_message', wrong).catch(() => {});
