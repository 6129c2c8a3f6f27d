// answer: fs/writeFile reject {"name":"LimitError","message":"too large","code":"limits.file_mb"}
try {
  await fs.writeFile('/tmp/a', 'x');
} catch (error) {
  return [error instanceof LimitError, error instanceof Error, error.name, error.code, `${error}`];
}
// expect: returned [true,true,"LimitError","limits.file_mb","LimitError: too large"]
