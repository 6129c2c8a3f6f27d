// answer: call {"ok":true}
// answer: search [{"name":"getDocument"}]
// answer: checkpoint/get null
// answer: checkpoint/set undefined
// answer: results/save undefined
// answer: results/get [1]
const { ok } = await callMCPTool('google_drive__get_document', { id: 'doc-1', skip: undefined, when: new Date(0) });
// call: call {"name":"google_drive__get_document","input":{"id":"doc-1","when":"1970-01-01T00:00:00.000Z"}}
await callMCPTool('a__b');
// call: call {"name":"a__b","input":{}}
await callMCPTool('time', 'get_current_time', { zone: 'UTC' });
// call: call {"server":"time","name":"get_current_time","input":{"zone":"UTC"}}
await callMCPTool({ server: 'time', name: 'now', arguments: { a: 1 } });
// call: call {"server":"time","name":"now","input":{"a":1}}
const load = await toolRegistry.load('getDocument');
await load({ id: 1 });
// call: call {"name":"getDocument","input":{"id":1}}
await searchTools('documents', 'full');
// call: search {"query":["documents"],"detail":"full"}
await searchTools(['a', 'b'], { detail: 'names', server: 'x', limit: 3 });
// call: search {"query":["a","b"],"detail":"names","server":"x","limit":3}
await searchTools({ queries: ['a'], server: 'x', limit: 3 });
// call: search {"query":["a"],"server":"x","limit":3}
await searchTools({ server: 'x' });
// call: search {"query":[],"server":"x"}
const missing = await checkpoint.get('k');
// call: checkpoint/get {"key":"k"}
await checkpoint.set('k', { at: 5 });
// call: checkpoint/set {"key":"k","value":{"at":5}}
await checkpoint('k');
// call: checkpoint/get {"key":"k"}
await checkpoint('k', 6);
// call: checkpoint/set {"key":"k","value":6}
await checkpoint('k', undefined);
// call: checkpoint/set {"key":"k","value":null}
await results.save('r', [1]);
// call: results/save {"key":"r","value":[1]}
const kept = await results.get('r');
// call: results/get {"key":"r"}
const error = await callMCPTool('').catch((error) => error.message);
return { ok, missing: missing === undefined, kept, error, none: (() => { try { return toolRegistry.search('x'); } catch (error) { return error.message; } })() };
// expect: returned {"ok":true,"missing":true,"kept":[1],"error":"the name of a tool must be a string that is not empty, not string","none":"toolRegistry has nothing here: the script does not name it; write `toolRegistry.search(…)`"}
