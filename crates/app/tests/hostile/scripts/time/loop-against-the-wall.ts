// expect: exceeded limits.wall_seconds at 3
// limits: wall_seconds=0.5 cpu_seconds=50
for (let n = 0; ; n++);
