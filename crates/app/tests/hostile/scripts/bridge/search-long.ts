// expect: returned true
const queries = Array.from({ length: 32 }, (_, n) => `query ${n} ` + 'word '.repeat(1_000));
return Array.isArray(await searchTools(queries as any));
