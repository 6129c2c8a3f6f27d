// expect: threw Error: x
throw Object.assign(new Error('x'), { data: new Array(100_000).fill('data') });
