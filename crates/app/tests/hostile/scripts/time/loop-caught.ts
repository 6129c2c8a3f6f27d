// expect: exceeded limits.cpu_seconds
let caught = 0;
for (;;) {
  try {
    for (;;) caught += 0;
  } catch {
    caught++;
  }
}
