// expect: exceeded limits.wall_seconds
// limits: wall_seconds=0.5
setInterval(() => {}, 10);
await new Promise(() => {});
