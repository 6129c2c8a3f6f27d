// expect: returned "ok"
const a: any = {};
a.a = a;
console.log(a, [a], new Map([[a, a]]), new Set([a]));
return 'ok';
