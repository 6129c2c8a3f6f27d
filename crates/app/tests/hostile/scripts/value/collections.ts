// expect: returned {"map":{"a":1},"pairs":[[1,2]],"set":[1,2],"bytes":[1,2]}
return { map: new Map([['a', 1]]), pairs: new Map([[1, 2]]), set: new Set([1, 2]), bytes: new Uint8Array([1, 2]) };
