// expect: returned {"list":[null,null]}
return { symbol: Symbol('x'), call: () => 1, list: [Symbol('x'), () => 1] };
