// Reads and writes one after the other and at once, changes of files, timers. A write that failed may have been made or not.
import { read, write } from './servers/counter';
import { fs } from 'narrows';

const unknown: number[] = [];
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function readAgain(n: number): Promise<number> {
  for (;;) {
    try {
      return (await read({ n })).double;
    } catch {
      await pause(20);
    }
  }
}

async function writeOnce(n: number): Promise<number> {
  try {
    return (await write({ n })).double;
  } catch (error) {
    unknown.push(n);
    // Its server is there again before the next write.
    await readAgain(n);
    return 2 * n;
  }
}

let total = 0;
for (let n = 0; n < 10; n++) {
  total += await writeOnce(await readAgain(n));
  await fs.appendFile('/workspace/lines', `${n} `);
  console.log(n);
}
for (const double of await Promise.all([100, 101, 102, 103].map(writeOnce))) total += double;
await Promise.all([pause(30), pause(10), fs.appendFile('/workspace/lines', 'timers ')]);
for (let n = 200; n < 206; n++) {
  total += await writeOnce(n);
  await fs.writeFile(`/workspace/a${n}`, 'x');
  await fs.rename(`/workspace/a${n}`, `/workspace/b${n}`);
  if (n % 2) await fs.rm(`/workspace/b${n}`);
}
const lines = await fs.readFile('/workspace/lines', 'utf-8');
const files = (await fs.readdir('/workspace')).sort();
return `<<${JSON.stringify({ unknown, result: { total, lines, files } })}>>`;
