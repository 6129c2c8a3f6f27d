// expect: refused
import { execSync } from 'child_process';
return execSync('id');
