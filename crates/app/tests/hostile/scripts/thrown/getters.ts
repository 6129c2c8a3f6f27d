// expect: threw Error
throw Object.defineProperties(new Error('x'), {
  name: { get: () => { throw 1; } },
  message: { get: () => { throw 2; } },
  stack: { get: () => { throw 3; } },
  cause: { get: () => { throw 4; } },
});
