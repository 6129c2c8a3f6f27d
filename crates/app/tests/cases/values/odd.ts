// What JSON does not have becomes the nearest thing it has
return { u: undefined, n: NaN, d: new Date(0), m: new Map([[1, 2]]), s: new Set([1]), big: [1e21, -0], f() {} };
