// The names under which Node has files mean the global `fs`
import files, { promises } from 'fs';
import * as all from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
await writeFile('/tmp/a.txt', 'hi');
const told = await readFile('/tmp/a.txt', 'utf-8');
let waiting = '';
try {
  all.readFileSync('/tmp/a.txt');
} catch (error) {
  waiting = error.message;
}
return [told, files === fs, promises === fs, waiting];
//= returned ["hi",true,true,"fs.readFileSync is not available: use `await fs.readFile(…)`"]
