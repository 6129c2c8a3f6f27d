const fs = require('fs');
return fs.existsSync('/etc/passwd');
//= threw at 1:12: ReferenceError: require('fs') is not possible: `fs` is a global here: await fs.readFile(path, 'utf-8')
//= warning: line 1 uses `require`, which does not exist here; use `import`
//= warning: line 2 uses `existsSync`, which does not exist here; write `await fs.exists(path)`
