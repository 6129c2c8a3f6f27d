// expect: threw RangeError
const o: any = {
  get x() {
    return this.x;
  },
};
return o.x;
