// Values are cloned
const a = { d: new Date(5), m: new Map([['k', [1]]]), s: new Set([2]) };
const b = structuredClone(a);
return [b.d.getTime(), b.m.get('k'), [...b.s], b.m !== a.m];
//= returned [5,[1],[2],true]
