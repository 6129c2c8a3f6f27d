// expect: threw RangeError
const again = (): number => [2, 1].sort(again).length;
return again();
