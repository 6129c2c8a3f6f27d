// expect: threw TypeError: the returned value is cyclic
const grows: any = {
  get x() {
    return { ...Object.getOwnPropertyDescriptors(grows), y: [this], get z() { return grows.x; } };
  },
};
return grows;
