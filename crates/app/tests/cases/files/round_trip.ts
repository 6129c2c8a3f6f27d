// What is written can be read, appended, listed and removed
await fs.mkdir('/workspace/a/b', { recursive: true });
await fs.writeFile('/workspace/a/b/one.txt', 'one\n');
await fs.appendFile('/workspace/a/b/one.txt', 'two\n');
await fs.copyFile('/workspace/a/b/one.txt', '/workspace/a/two.txt');
await fs.rename('/workspace/a/two.txt', '/workspace/a/three.txt');
const stat = await fs.stat('/workspace/a/three.txt');
const list = await fs.readdir('/workspace/a');
await fs.rm('/workspace/a/b', { recursive: true });
return [await fs.readFile('/workspace/a/three.txt', 'utf-8'), stat.size, stat.isFile(), list, await fs.exists('/workspace/a/b')];
//= returned ["one\ntwo\n",8,true,["b","three.txt"],false]
