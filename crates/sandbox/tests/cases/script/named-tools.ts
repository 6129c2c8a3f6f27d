import { one, two, type Three } from './servers/a';
one();
call_tool('slack__post', {});
callTool('slack', 'post', {});
client.callTool({ name: 'post', server: 'slack', arguments: {} });
client.callTool({ name: computed, arguments: {} });
globalThis.tools['odd']['big_id']();
globalThis.parseInt('1');
this.odd.bigId();
this.alone();
function own() { this.odd.bigId(); }
class Own { run() { return this.odd.bigId(); } }
tools.odd.big_id({ id: 1 });
