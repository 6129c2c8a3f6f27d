// expect: exceeded limits.cpu_seconds
const deeper = (): number => 1 + deeper();
for (;;) {
  try {
    deeper();
  } catch {}
}
