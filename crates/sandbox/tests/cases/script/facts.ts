import getDefault, { a as b } from './servers/x';
import * as shop from './servers/shop';
import { callMCPTool as call, fs } from 'narrows';
const ID = 'doc-1';
let changing = 'no';
const { getOrder, other: renamed, ...rest } = await import('./servers/shop/getOrder');
const late = await import("./servers/late");
b({ id: ID, changing, nothing: undefined, n: -1.5, 'q-r': [1, , 'x'], [computed]: 1, shorthand, method() {}, get g() { return 1; } });
b(); b(...args); b?.({ yes: true }); getDefault(null);
shop.getOrder!({ id: 1 } as any);
getOrder({ id: 2 }); renamed(); rest.x(); late.tool({ a: { b: { c: true } } });
(await import('./servers/direct')).tool({ d: 1 });
call('a__b', { x: 1 }); callMCPTool('c__d', { y: [...z] }); callMCPTool(unknown, {}); callMCPTool(`e__f`);
fs.readFile('/x'); shop.nested.deep({});
function shadowed(b, shop, callMCPTool) { b({ fake: 1 }); shop.getOrder({ fake: 1 }); callMCPTool('fake'); }
{ const getOrder = () => 1; getOrder({ fake: 1 }); }
b({ a: 1, a: 2, __proto__: null });
import(`./servers/${name}`).then(console.log);
