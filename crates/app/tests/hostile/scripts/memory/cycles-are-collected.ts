// expect: returned 20000
// limits: cpu_seconds=20
let last: any;
for (let n = 1; n <= 20_000; n++) {
  last = { n, big: new Array(1_000).fill(n) };
  last.self = last;
}
return last.n;
