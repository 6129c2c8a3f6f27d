// expect: returned undefined
console.log('text', 1, -0, 10n, true, null, undefined, Symbol('s'));
//= text 1 -0 10n true null undefined Symbol(s)
console.log({ a: 1, 'b-c': 'x', list: [1, 'two', [3]] }, { f() {}, C: class C {} });
//= { a: 1, 'b-c': 'x', list: [ 1, 'two', [ 3 ] ] } { f: [Function: f], C: [class C] }
console.log([1, , 3], [], {}, Object.create(null), new (class Point { x = 1 })());
//= [ 1, <1 empty item>, 3 ] [] {} [Object: null prototype] {} Point { x: 1 }
console.log(new Map([['k', { z: 1 }]]), new Set([1]), new Date(0), /x/g, new Uint8Array(2));
//= Map(1) { 'k' => { z: 1 } } Set(1) { 1 } 1970-01-01T00:00:00.000Z /x/g Uint8Array(2) [ 0, 0 ]
console.log(new TypeError('bad'), [new Error('in', { cause: 'why' })]);
//= TypeError: bad [ [Error: in] { [cause]: 'why' } ]
console.log(Promise.resolve(1), new Promise(() => {}), new Proxy({ a: 1 }, { get() { throw 1 } }));
//= Promise { 1 } Promise { <pending> } { a: 1 }
const loop = { name: 'loop', get danger() { throw 1 } };
loop.self = loop;
console.log(loop);
//= <ref *1> { name: 'loop', danger: [Getter], self: [Circular *1] }
console.log({ a: { b: { c: { d: { e: { f: { g: 1 } } } } } } });
//= { a: { b: { c: { d: { e: { f: [Object] } } } } } }
console.log(Array.from({ length: 120 }, (_, index) => index % 10));
//= [
//=   0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4,
//=   5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
//=   0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4,
//=   5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
//=   ... 20 more items
//= ]
console.log('%s is %d%% of %j', 'this', 50, { a: 1 }, 'rest');
//= this is 50% of {"a":1} rest
console.warn('careful');
//= warn careful
console.error('Failed:', new ToolError('no such row', { server: 'db', code: 'E1' }));
//= error Failed: ToolError: no such row { server: 'db', code: 'E1' }
console.assert(1 === 2, 'sums');
//= error Assertion failed: sums
console.group('outer');
console.log('inner\nlines');
console.groupEnd();
//= outer
//=   inner
//=   lines
console.table([{ a: 1, b: 'x' }, { a: 22 }]);
//= ┌─────────┬────┬─────┐
//= │ (index) │ a  │ b   │
//= ├─────────┼────┼─────┤
//= │ 0       │ 1  │ 'x' │
//= │ 1       │ 22 │     │
//= └─────────┴────┴─────┘
console.count();
console.count();
//= default: 1
//= default: 2
