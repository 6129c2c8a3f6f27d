// expect: threw Error: x
Object.defineProperty(Error.prototype, 'stack', {
  get() {
    throw new Error('poisoned');
  },
});
throw new Error('x');
