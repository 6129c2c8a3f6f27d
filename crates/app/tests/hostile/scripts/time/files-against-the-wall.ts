// expect: exceeded limits.wall_seconds
// limits: wall_seconds=0.5 cpu_seconds=50
for (;;) await fs.writeFile('/tmp/same', 'x');
