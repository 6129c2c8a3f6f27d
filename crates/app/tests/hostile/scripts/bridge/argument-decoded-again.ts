// expect: threw ToolError
const key = "$serde_json::private::RawValue";
const escaped = (text: string) => text.replaceAll("\\", "\\u005c").replaceAll("\"", "\\u0022");
// Deep enough for a stack, in little space: each level is a string in which the next one is decoded.
let text = "1";
for (let n = 0; n < 120; n++) text = `${"[".repeat(126)}{"${key}":"${escaped(text)}"}${"]".repeat(126)}`;
const wanted: any = { channel: "#x", text: { [key]: text } };
await callMCPTool("slack__send_message", wanted);
