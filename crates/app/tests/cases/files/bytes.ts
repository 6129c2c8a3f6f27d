// Bytes stay bytes
await fs.writeFile('/tmp/b.bin', new Uint8Array([0, 255, 10]));
const bytes = await fs.readFile('/tmp/b.bin');
return Array.from(bytes as Uint8Array);
//= returned [0,255,10]
