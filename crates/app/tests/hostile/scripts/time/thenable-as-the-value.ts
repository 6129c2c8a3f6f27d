// expect: exceeded limits.cpu_seconds
return {
  then() {
    for (;;);
  },
};
