// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
let bound: any = () => 1;
for (let n = 0; n < 100_000; n++) bound = bound.bind(null);
return bound();
