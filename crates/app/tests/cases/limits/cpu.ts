// A loop without end is stopped, and cannot catch it
try {
  for (;;);
} catch {
  return 'caught';
} finally {
  for (;;);
}
