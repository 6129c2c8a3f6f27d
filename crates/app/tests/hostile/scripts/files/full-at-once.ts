// expect: returned 2000000
const text = 'x'.repeat(100_000);
await Promise.allSettled(Array.from({ length: 40 }, (_, n) => fs.writeFile(`/tmp/${n}`, text)));
const names = await fs.readdir('/tmp');
let size = 0;
for (const name of names as string[]) size += ((await fs.stat(`/tmp/${name}`)) as any).size;
return size;
