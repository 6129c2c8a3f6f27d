// expect: refused
import fs from 'fs';
return fs.readFileSync('/etc/passwd');
