// What clients of MCP write: content of blocks
import { sendMessage } from './servers/slack';
const r = await sendMessage({ channel: '#sync', text: 'x' });
return JSON.parse(r.content[0].text).ok;
//= threw at 4:19: TypeError: cannot read property '0' of undefined (`content` is read of what `sendMessage` returned, { ok: boolean, channel: string, ts: string }; results arrive unwrapped: use `r` itself, which has `ok`, `channel`, `ts`)
//= call slack/send_message answered x1
//= warning: line 4: by what `sendMessage` declares to return, `r` has no `content`; results arrive unwrapped: use `r` itself, which has `ok`, `channel`, `ts`
//deno= threw at 4:21: TypeError: Cannot read properties of undefined (reading '0') (`content` is read of what `sendMessage` returned, { ok: boolean, channel: string, ts: string }; results arrive unwrapped: use `r` itself, which has `ok`, `channel`, `ts`)
//deno= call slack/send_message answered x1
//deno= warning: line 4: by what `sendMessage` declares to return, `r` has no `content`; results arrive unwrapped: use `r` itself, which has `ok`, `channel`, `ts`
