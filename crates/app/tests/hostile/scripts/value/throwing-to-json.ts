// expect: threw Error: no
return {
  toJSON() {
    throw new Error('no');
  },
};
