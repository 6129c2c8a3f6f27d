// expect: exceeded limits.cpu_seconds
for (;;) {
  const key: any = {};
  key.self = new WeakMap([[key, new Array(1_000).fill(key)]]);
}
