// expect: threw RangeError
const again = (): string => 'x'.replace('x', again);
return again();
