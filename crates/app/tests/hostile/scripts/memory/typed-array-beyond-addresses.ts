// expect: threw RangeError
return new Uint8Array(2 ** 40).length;
