// expect: returned [1,2]
return new Proxy([1, 2], {});
