// What stands beside a value can be reached, shows in a returned value alone, and a list of one is gone through as such.
// answer: servers/a/chart blocks {"value":{"width":640},"blocks":[{"type":"text","text":"{\"width\":640}"},{"type":"image","mimeType":"image/png","data":"AAAA"}],"beside":[1]}
// answer: servers/a/page blocks {"value":{"content":"x"},"blocks":[{"type":"text","text":"on Tuesday"}],"beside":[0]}
// answer: servers/a/price blocks {"value":{"price":1.1},"blocks":[{"type":"text","text":"{\"price\": 1.10}"}],"only":true}
// answer: servers/a/length blocks {"value":{"length":7,"map":"m"},"only":true}
// answer: servers/a/list blocks {"value":[{"a":1},"b"],"blocks":[{"type":"text","text":"{\"a\":1}"},{"type":"text","text":"b"}]}
// answer: servers/a/none blocks {"value":[],"blocks":[]}
// answer: servers/a/text "plain"
// answer: servers/a/image {"type":"image","mimeType":"image/png","data":"AAAA"}
// answer: servers/a/mirrored {"a":1}
// call: servers/a/chart {}
// call: servers/a/page {}
// call: servers/a/price {}
// call: servers/a/length {}
// call: servers/a/list {}
// call: servers/a/none {}
// call: servers/a/text {}
// call: servers/a/image {}
// call: servers/a/mirrored {}
// call: servers/a/text {"chart":{"width":640}}
const call = (name, input) => __narrows.tool(`servers/a/${name}`)(input);
const [chart, page, price, length, list, none, text, image, mirrored] = await Promise.all(
  ['chart', 'page', 'price', 'length', 'list', 'none', 'text', 'image', 'mirrored'].map((name) => call(name)),
);
await call('text', { chart });
console.log(chart, price, JSON.stringify(chart), Object.keys(chart), { ...chart });
//= { width: 640 } { price: 1.1 } {"width":640} [ 'width' ] { width: 640 }
const titles = [];
for (const { price: each } of price) titles.push(each);
for (const each of none) titles.push(each);
length.length = 8;
price.map = 'own';
let error;
try { contentOf(Promise.resolve(1)) } catch (caught) { error = caught.message }
const large = contentOf(text.repeat(2));
return {
  chart, nested: [page], titles, price, one: [price.length, price[0] === price, price.filter(() => true).length, Array.isArray(price), Object.getPrototypeOf(mirrored) === Object.prototype],
  length, raw: contentOf(price)[0].text, all: [list, none, text, image, mirrored, null, undefined, 5n].map((value) => contentOf(value).map((block) => block.text ?? block.type)),
  same: contentOf(chart) !== contentOf(chart), own: contentOf(length), error, large, cloned: structuredClone(price),
};
// expect: returned {"chart":{"width":640,"content":[{"type":"image","mimeType":"image/png","data":"AAAA"}]},"nested":[{"content":"x","contentBlocks":[{"type":"text","text":"on Tuesday"}]}],
// expect: "titles":[1.1],"price":{"price":1.1,"map":"own"},"one":[1,true,1,false,true],
// expect: "length":{"length":8,"map":"m"},"raw":"{\"price\": 1.10}","all":[["{\"a\":1}","b"],[],["plain"],["image"],["{\"a\":1}"],[],[],["5"]],
// expect: "same":true,"own":[{"type":"text","text":"{\"length\":8,\"map\":\"m\"}"}],"error":"contentOf takes what a call returned, not its promise: await the call first","large":[{"type":"text","text":"plainplain"}],"cloned":{"price":1.1,"map":"own"}}
