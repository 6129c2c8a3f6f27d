// expect: exceeded limits.cpu_seconds
console.log(new (class {
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    for (;;);
  }
})(), new Proxy([], {
  get() {
    for (;;);
  },
}), `${{ toString() { for (;;); } }}`);
