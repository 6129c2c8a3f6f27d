// expect: exceeded
// limits: wall_seconds=1 cpu_seconds=0.5
for (;;) await new Promise((done) => setTimeout(done, 0));
