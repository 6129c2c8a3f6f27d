// A relative name is one of the workspace; the trees are named from the root, as imports are
await fs.mkdir('out/deep', { recursive: true });
await fs.writeFile('report.txt', 'hi');
await fs.appendFile('./report.txt', ' there');
await fs.copyFile('report.txt', './out/deep/copy.txt');
await fs.rename('out/deep/copy.txt', 'out/moved.txt');
const told = [await fs.readFile('/workspace/report.txt', 'utf-8'), await fs.readFile('out/moved.txt', 'utf-8')];
const there = [await fs.exists('report.txt'), await fs.exists('/workspace/out/deep'), (await fs.stat('./out')).isDirectory()];
const listed = [await fs.readdir('out'), await fs.readdir('.'), (await fs.readdir('./servers')).length > 0];
await fs.rm('out', { recursive: true });
await fs.unlink('report.txt');
const left = await fs.readdir('workspace');
let outside = '';
try {
  await fs.writeFile('/report.txt', 'hi');
} catch (error) {
  outside = error.message;
}
return { told, there, listed, left, outside };
//= returned {"told":["hi there","hi there"],"there":[true,true,true],"listed":[["deep","moved.txt"],["servers","skills","tmp","workspace"],true],"left":[],"outside":"'/report.txt' is outside of what a script can reach; files live in /workspace and /tmp; did you mean /workspace/report.txt?"}
