// expect: threw RangeError
const again = (): unknown => (0, eval)('(' + again + ')()');
const source = `(${'['.repeat(20_000)})`;
return (0, eval)(source);
