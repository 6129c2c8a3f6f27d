// expect: threw RangeError
return (1.5).toFixed(1_000_000);
