// The one program Deno is started with: reads three sources from stdin (the realm, the engine, the prelude) and hands
// over. All that follows speaks frames: a length of four bytes, little-endian, then a kind and its bytes.
const { stdin } = Deno;
const read = (bytes) => {
  for (let at = 0; at < bytes.length; ) {
    const count = stdin.readSync(bytes.subarray(at));
    if (count === null || count === 0) return false;
    at += count;
  }
  return true;
};
const source = () => {
  const length = new Uint8Array(4);
  if (!read(length)) Deno.exit(0);
  const bytes = new Uint8Array(new DataView(length.buffer).getUint32(0, true));
  if (!read(bytes)) Deno.exit(0);
  return new TextDecoder().decode(bytes);
};
(0, eval)(source())(read, source(), source());
