// Several habits of Node
const fs = require('fs');
const key = process.env.KEY;
const bytes = Buffer.from('x');
fs.writeFileSync('/workspace/a.txt', bytes);
return key;
//= threw at 2:12: ReferenceError: require('fs') is not possible: `fs` is a global here: await fs.readFile(path, 'utf-8')
//= warning: line 2 uses `require`, which does not exist here; use `import`
//= warning: line 3 uses `process`, which does not exist here; return a value instead of exiting; there is no environment
//= warning: line 4 uses `Buffer`, which does not exist here; write `new TextEncoder().encode(text)` for bytes, and `btoa(text)` or `atob(text)` for base64
//= warning: line 5 uses `writeFileSync`, which does not exist here; write `await fs.writeFile(path, text)`
