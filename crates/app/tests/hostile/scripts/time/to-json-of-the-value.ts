// expect: exceeded limits.cpu_seconds
return {
  toJSON() {
    for (;;);
  },
};
