// expect: returned 1
try {
  throw new Error('lost');
} finally {
  return 1;
}
