// expect: threw Error: no
return {
  get x(): number {
    throw new Error('no');
  },
};
