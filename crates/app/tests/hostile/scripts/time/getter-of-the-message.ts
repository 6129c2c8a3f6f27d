// expect: exceeded limits.cpu_seconds
throw Object.defineProperty(new Error(), 'message', {
  get() {
    for (;;);
  },
});
