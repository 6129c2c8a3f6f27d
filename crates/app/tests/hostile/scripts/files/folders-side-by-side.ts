// expect: returned 1500
// limits: workspace_files=2000 cpu_seconds=10
for (let n = 0; n < 1_500; n++) await fs.mkdir(`/tmp/${n}`);
// A change that fails has everything counted again.
await fs.rename('/tmp/0', '/tmp/0/inside').catch(() => {});
await fs.writeFile('/workspace/file', 'x');
const made = (await fs.readdir('/tmp') as string[]).length;
await fs.rm('/tmp/1', { recursive: true });
return made;
