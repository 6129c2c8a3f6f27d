// expect: returned ["LimitError","limits.file_mb",1000000]
await fs.writeFile('/tmp/large', 'x'.repeat(1_000_000));
try {
  await fs.appendFile('/tmp/large', 'x'.repeat(100_000));
} catch (error: any) {
  return [error.name, error.code, ((await fs.stat('/tmp/large')) as any).size];
}
