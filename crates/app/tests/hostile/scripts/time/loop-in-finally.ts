// expect: exceeded limits.cpu_seconds
function again(): never {
  try {
    for (;;);
  } finally {
    return again();
  }
}
again();
