// expect: returned "kept"
const no = (): never => {
  throw new Error('poisoned');
};
for (const name of ['map', 'push', 'join', 'filter', 'slice'])
  (Array.prototype as any)[name] = no;
Map.prototype.get = no;
JSON.stringify = no;
Promise.prototype.then = no as any;
await fs.writeFile('/workspace/file', 'kept');
return await fs.readFile('/workspace/file', 'utf-8');
