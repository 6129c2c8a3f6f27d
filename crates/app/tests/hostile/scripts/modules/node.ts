// expect: refused
import { execSync } from 'node:child_process';
return execSync('id');
