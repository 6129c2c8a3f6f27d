// Newer JavaScript works
const grouped = Object.groupBy([1, 2, 3], (n) => (n % 2 ? 'odd' : 'even'));
const list = [3, 1, 2].toSorted().with(0, 9).at(-1);
const set = new Set([1, 2]).union(new Set([3])).size;
label: for (const a of [1]) { for (;;) break label; }
return { grouped, list, set, at: 'x'.at(0), flat: [[1], [2]].flat(), named: /(?<y>\d+)/.exec('in 2026')!.groups!.y };
//= returned {"grouped":{"odd":[1,3],"even":[2]},"list":3,"set":3,"at":"x","flat":[1,2],"named":"2026"}
