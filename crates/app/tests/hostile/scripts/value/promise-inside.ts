// expect: threw TypeError: the returned value holds a promise at .later
return { later: Promise.resolve(1) };
