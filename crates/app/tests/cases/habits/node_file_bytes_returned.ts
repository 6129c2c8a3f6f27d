// Bytes where text was meant
await fs.writeFile('/tmp/rows.txt', 'a,b,c');
const rows = await fs.readFile('/tmp/rows.txt');
return { rows };
//= returned {"rows":[97,44,98,44,99]}
//= warning: line 3: `fs.readFile('/tmp/rows.txt')` gives bytes, an array of numbers in the value; write `await fs.readFile('/tmp/rows.txt', 'utf8')`
