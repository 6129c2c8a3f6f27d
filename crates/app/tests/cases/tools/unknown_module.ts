// Only servers, skills and narrows can be imported
import fs from 'node:fs';
return fs.readFileSync('/etc/passwd');
//= refused at 2:16: CheckError: `node:fs` does not exist here (`fs` is a global here: `await fs.readFile('/workspace/data.csv', 'utf-8')`)
//= problem 2:16: `node:fs` does not exist here (`fs` is a global here: `await fs.readFile('/workspace/data.csv', 'utf-8')`)
