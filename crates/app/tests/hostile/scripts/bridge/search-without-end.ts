// expect: returned true
const queries = Array.from({ length: 200 }, (_, n) => `query ${n} ` + 'word '.repeat(100));
return Array.isArray(await searchTools(queries as any));
