// What a link in a result points to is read by the server's name and the link, its address, or both in one object.
// answer: resource [{"uri":"chart://1","mimeType":"text/csv","text":"a,b"}]
// answer: servers/charts/render blocks {"value":{"width":640},"blocks":[{"type":"resource_link","uri":"chart://1","name":"a chart"}],"beside":[0]}
// call: servers/charts/render {}
const [link] = contentOf(await __narrows.tool('servers/charts/render')());
const read = [];
for (const given of [['charts', link], ['charts', link.uri], [{ server: 'charts', uri: link.uri }]]) read.push((await readResource(...given))[0].text);
// call: resource {"server":"charts","uri":"chart://1"}
// call: resource {"server":"charts","uri":"chart://1"}
// call: resource {"server":"charts","uri":"chart://1"}
const errors = [];
for (const given of [[link], ['charts'], ['', link], [], ['charts', {}]]) {
  try { await readResource(...given); } catch (error) { errors.push(error.message); }
}
return { read, errors };
// expect: returned {"read":["a,b","a,b","a,b"],"errors":["readResource takes the server's name and the link: write `readResource('server', link)`",
// expect: "the address of the resource must be a string that is not empty, not undefined","the name of the server must be a string that is not empty, not string",
// expect: "the name of the server must be a string that is not empty, not undefined","the address of the resource must be a string that is not empty, not undefined"]}
