// expect: threw RangeError
const again = (): unknown => JSON.parse('[1]', again);
return again();
