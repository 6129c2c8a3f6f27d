// Only servers, skills and narrows can be imported
import path from 'node:path';
return path.join('a', 'b');
//= refused at 2:18: CheckError: `node:path` does not exist here (there is no Node here; use what JavaScript itself has (`URL`, `TextEncoder`, template strings))
//= problem 2:18: `node:path` does not exist here (there is no Node here; use what JavaScript itself has (`URL`, `TextEncoder`, template strings))
