// A result is parsed already
import { sendMessage } from './servers/slack';
const r = await sendMessage({ channel: '#sync', text: 'x' });
return JSON.parse(r).ok;
//= threw at 4:19: SyntaxError: unexpected token: 'object' (this is about what `sendMessage` returned, { ok: boolean, channel: string, ts: string }; it is parsed already: use `r` as it is, without `JSON.parse`)
//= call slack/send_message answered x1
//= warning: line 4: by what `sendMessage` declares to return, `r` is parsed already; use it as it is, without `JSON.parse`
//deno= threw at 4:13: SyntaxError: "[object Object]" is not valid JSON (this is about what `sendMessage` returned, { ok: boolean, channel: string, ts: string }; it is parsed already: use `r` as it is, without `JSON.parse`)
//deno= call slack/send_message answered x1
//deno= warning: line 4: by what `sendMessage` declares to return, `r` is parsed already; use it as it is, without `JSON.parse`
