// expect: refused
with ({ x: 1 }) {
  return x;
}
