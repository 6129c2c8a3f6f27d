// expect: returned [null,null,null,0,0.1,1e+21]
return [NaN, Infinity, -Infinity, -0, 0.1, 1e21];
