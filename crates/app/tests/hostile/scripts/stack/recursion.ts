// expect: threw RangeError: Maximum call stack size exceeded
const deeper = (): number => 1 + deeper();
return deeper();
