// answer: fs/readFile bytes {"n":2}
const bytes = await fs.readFile('/x');
return [bytes instanceof Uint8Array, bytes.length, JSON.parse(bytes).n, bytes.toString('base64'), bytes.toString('hex')];
// expect: returned [true,7,2,"eyJuIjoyfQ==","7b226e223a327d"]
