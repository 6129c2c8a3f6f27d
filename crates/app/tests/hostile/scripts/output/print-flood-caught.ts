// expect: exceeded limits.printed_kb
while (true) {
  try {
    console.error('x'.repeat(1_000));
  } catch {}
}
