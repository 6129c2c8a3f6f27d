// expect: exceeded limits.cpu_seconds
return {
  get x(): never {
    for (;;);
  },
};
