// expect: exceeded limits.wall_seconds at 3
// limits: wall_seconds=0.5
await new Promise((done) => setTimeout(done, 1e9));
