// expect: threw Error
throw new Proxy(new Error('x'), {
  get() {
    throw 1;
  },
});
