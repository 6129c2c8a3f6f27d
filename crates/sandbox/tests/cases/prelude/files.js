// answer: fs/readFile text {"n":1}
// answer: fs/writeFile undefined
// answer: fs/appendFile undefined
// answer: fs/readdir ["a.txt","b"]
// answer: fs/stat {"size":3,"isFile":true,"isDirectory":false,"mtimeMs":5}
// answer: fs/exists true
// answer: fs/mkdir undefined
// answer: fs/rm undefined
// answer: fs/rename undefined
// answer: fs/copyFile undefined
const read = JSON.parse(await fs.readFile('./servers/../x/./y.json', 'utf-8')).n;
// call: fs/readFile {"path":"/x/y.json","encoding":"utf-8"}
await fs.promises.writeFile('/tmp/a', 'text');
// call: fs/writeFile {"path":"/tmp/a","text":"text"}
await fs.writeFile('tmp/b', new Uint8Array([104, 105]));
// call: fs/writeFile {"path":"/tmp/b","base64":"aGk="}
await fs.writeFile('/tmp/c', 'more', { flag: 'a' });
// call: fs/appendFile {"path":"/tmp/c","text":"more"}
for (const path of ['report.txt', './out/./a.json', 'out/../b', '../c', '~/d', './/e', 'servers.md', './servers/x', 'file:///f']) {
  await fs.writeFile(path, '');
}
// call: fs/writeFile {"path":"/workspace/report.txt","text":""}
// call: fs/writeFile {"path":"/workspace/out/a.json","text":""}
// call: fs/writeFile {"path":"/workspace/b","text":""}
// call: fs/writeFile {"path":"/c","text":""}
// call: fs/writeFile {"path":"/~/d","text":""}
// call: fs/writeFile {"path":"/workspace/e","text":""}
// call: fs/writeFile {"path":"/workspace/servers.md","text":""}
// call: fs/writeFile {"path":"/servers/x","text":""}
// call: fs/writeFile {"path":"/f","text":""}
const names = await fs.readdir('../../..');
// call: fs/readdir {"path":"/","recursive":false}
const stats = await fs.stat('/tmp/a');
// call: fs/stat {"path":"/tmp/a"}
const exists = await fs.exists('/tmp/a');
// call: fs/exists {"path":"/tmp/a"}
await fs.mkdir('/tmp/d', { recursive: true });
// call: fs/mkdir {"path":"/tmp/d","recursive":true}
await fs.rm('/tmp/d', { recursive: true, force: true });
// call: fs/rm {"path":"/tmp/d","recursive":true,"force":true}
await fs.unlink('/tmp/a');
// call: fs/rm {"path":"/tmp/a","recursive":false,"force":false}
await fs.rename('/tmp/a', '/tmp/b');
// call: fs/rename {"from":"/tmp/a","to":"/tmp/b"}
await fs.copyFile('/tmp/a', '/tmp/b');
// call: fs/copyFile {"from":"/tmp/a","to":"/tmp/b"}
const refused = [];
for (const wrong of [
  () => fs.readFileSync('/x'),
  () => fs.writeFile('/x', { a: 1 }),
  () => fs.readFile(''),
]) {
  try {
    await wrong();
  } catch (error) {
    refused.push(error.message);
  }
}
return { read, names, file: [stats.isFile(), stats.isDirectory(), stats.size, stats.mtime], exists, refused };
// expect: returned {"read":1,"names":["a.txt","b"],"file":[true,false,3,"1970-01-01T00:00:00.005Z"],"exists":true,
// expect: "refused":["fs.readFileSync is not available: use `await fs.readFile(…)`",
// expect: "a file is written from a string or bytes, not an object; use JSON.stringify for values",
// expect: "a path must be a string that is not empty, not string"]}
