// expect: threw Error: no
const name: any = {
  toString() {
    throw new Error('no');
  },
};
return await import(name);
