// expect: returned "done"
const all: Promise<unknown>[] = [];
for (let n = 0; n < 20; n++) {
  all.push(fs.writeFile(`/tmp/race/${n}`, 'x'));
  all.push(fs.rm('/tmp/race', { recursive: true, force: true }));
}
await Promise.allSettled(all);
return 'done';
