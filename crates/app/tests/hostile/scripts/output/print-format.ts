// expect: returned "ok"
console.log('%s %d %o %c %%'.repeat(1_000), Symbol('x'), 1n, {}, 'css');
return 'ok';
