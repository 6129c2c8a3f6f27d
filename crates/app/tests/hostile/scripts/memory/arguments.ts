// expect: threw
return Math.max.apply(null, new Array(10_000_000));
