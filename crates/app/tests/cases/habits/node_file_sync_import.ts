import { readFileSync } from 'fs';
return readFileSync('/workspace/rows.txt', 'utf8');
//= refused at 1:10: CheckError: `fs` does not export `readFileSync` (write `await fs.readFile(path, 'utf8')`)
//= problem 1:10: `fs` does not export `readFileSync` (write `await fs.readFile(path, 'utf8')`)
