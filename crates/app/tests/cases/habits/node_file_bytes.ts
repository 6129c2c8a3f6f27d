// A file that is read without an encoding is bytes
await fs.writeFile('/tmp/rows.txt', 'a\nb');
const t: any = await fs.readFile('/tmp/rows.txt');
return t.split('\n');
//= threw at 4:10: TypeError: `t.split` is not a function (`t` is bytes, not text; write `await fs.readFile('/tmp/rows.txt', 'utf8')`)
//deno= threw at 4:10: TypeError: t.split is not a function (`t` is bytes, not text; write `await fs.readFile('/tmp/rows.txt', 'utf8')`)
