// expect: returned true
await Promise.all(Array.from({ length: 100 }, (_, n) => fs.writeFile('/tmp/same', `${n}`.repeat(1_000))));
const text: any = await fs.readFile('/tmp/same', 'utf-8');
return text === `${Number(text.slice(0, text.length / 1_000))}`.repeat(1_000);
