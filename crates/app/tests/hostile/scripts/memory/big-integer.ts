// expect: threw RangeError
let n = 2n;
while (true) n **= 2n;
