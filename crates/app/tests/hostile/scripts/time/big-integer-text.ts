// expect: threw RangeError
return (7n ** 400_000n).toString().length;
