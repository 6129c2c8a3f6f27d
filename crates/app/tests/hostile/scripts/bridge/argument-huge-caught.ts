// expect: returned ["LimitError","limits.argument_kb"]
try {
  await fs.writeFile('/tmp/x', 'x'.repeat(1 << 21));
} catch (error: any) {
  return [error.name, error.code];
}
