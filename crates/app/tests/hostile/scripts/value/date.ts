// expect: returned ["1970-01-01T00:00:00.000Z",null]
return [new Date(0), new Date(NaN)];
