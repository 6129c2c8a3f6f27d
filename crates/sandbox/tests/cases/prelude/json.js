// Integers keep every digit: from an answer, through JSON that is read and written, to arguments and the value.
// answer: call {"id":1915883588174806058,"deep":[{"n":-170141183460469231731687303715884105728}],"ok":9007199254740991,"e":1e20,"d":0.12345678901234567,"":"12345678901234567890"}
// call: call {"name":"a__b","input":{"id":9007199254740993}}
// call: call {"name":"a__c","input":{"id":1915883588174806058,"boxed":12345678901234567890,"n":[-170141183460469231731687303715884105728]}}
const types = (values) => values.map((value) => typeof value).join(' ');
const asText = (key, value) => (typeof value === 'bigint' ? `${value}` : value);
const a = await callMCPTool('a__b', { id: 9007199254740993n });
await callMCPTool('a__c', { id: a.id, boxed: Object(12345678901234567890n), n: [a.deep[0].n] });
console.log(a.id, [a.id], `${a.id}`);
//= 1915883588174806058n [ 1915883588174806058n ] 1915883588174806058
const again = JSON.parse(JSON.stringify(a));
const large = '1' + '0'.repeat(40);
const nested = '['.repeat(300) + large + ']'.repeat(300);
const read = JSON.parse('[9007199254740991, 9007199254740992, -9007199254740992, 123456789012345678.5, 1e400, ' + large + ']');
const { toJSON } = BigInt.prototype;
BigInt.prototype.toJSON = function () { return `${this}n` };
const own = JSON.stringify([1n]);
BigInt.prototype.toJSON = toJSON;
let error;
try { JSON.parse('{oops') } catch (caught) { error = caught.name }
return [
  a, again.id === a.id, types([a.ok, a.e, a.d, a['']]), types(read),
  JSON.stringify(JSON.parse(nested)) === nested, JSON.stringify(JSON.parse('["\\ud800",' + large + ']')), JSON.parse('"\ud800"') === '\ud800',
  JSON.stringify([9007199254740993n], null, 1), JSON.stringify({ a: 5n }, asText), JSON.stringify({ a: 1 }, (key, value) => (key === 'a' ? 7n : value)),
  JSON.stringify({ a: 1n, b: 2n }, ['b']), JSON.parse('{"a":9007199254740993}', asText), JSON.rawJSON(large), error, JSON.stringify(undefined),
  JSON.parse(' 1'), JSON.parse('9'.repeat(4301)) === Infinity, own,
];
// expect: returned [{"id":1915883588174806058,"deep":[{"n":-170141183460469231731687303715884105728}],"ok":9007199254740991,"e":100000000000000000000,"d":0.12345678901234566,"":"12345678901234567890"},
// expect: true,"number number number string","number bigint bigint number number bigint",
// expect: true,"[\"\\ud800\",10000000000000000000000000000000000000000]",true,
// expect: "[\n 9007199254740993\n]","{\"a\":\"5\"}","{\"a\":7}",
// expect: "{\"b\":2}",{"a":"9007199254740993"},10000000000000000000000000000000000000000,"SyntaxError",null,
// expect: 1,true,"[\"1n\"]"]
