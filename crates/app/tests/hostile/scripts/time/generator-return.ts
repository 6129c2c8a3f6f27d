// expect: exceeded limits.cpu_seconds
function* stubborn(): Generator<number> {
  try {
    yield 1;
  } finally {
    for (;;);
  }
}
for (const one of stubborn()) break;
