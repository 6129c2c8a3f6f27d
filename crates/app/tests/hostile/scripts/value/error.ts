// expect: returned {"name":"TypeError","message":"x"}
return new TypeError('x');
