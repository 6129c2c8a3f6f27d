// What JSON does not have becomes the nearest thing it has
return { u: undefined, n: NaN, d: new Date(0), m: new Map([[1, 2]]), s: new Set([1]), big: [1e21, -0], f() {} };
//= returned {"n":null,"d":"1970-01-01T00:00:00.000Z","m":[[1,2]],"s":[1],"big":[1e+21,0]}
