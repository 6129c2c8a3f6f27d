// expect: exceeded limits.cpu_seconds
throw {
  toString() {
    for (;;);
  },
  toJSON() {
    for (;;);
  },
};
