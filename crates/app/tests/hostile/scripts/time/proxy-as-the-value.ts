// expect: exceeded limits.cpu_seconds
return new Proxy({}, {
  ownKeys() {
    for (;;);
  },
});
