// A missing file has the code everybody knows
try {
  await fs.readFile('/workspace/none.txt');
} catch (e: any) {
  return [e.name, e.code];
}
//= returned ["Error","ENOENT"]
