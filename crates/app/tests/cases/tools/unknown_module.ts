// Only servers, skills and narrows can be imported
import fs from 'node:fs';
return fs.readFileSync('/etc/passwd');
