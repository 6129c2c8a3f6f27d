// expect: threw RangeError
return JSON.parse('['.repeat(100_000));
