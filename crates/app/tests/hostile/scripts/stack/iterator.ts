// expect: threw RangeError
const o: any = { [Symbol.iterator]: () => [...o] };
return [...o];
