// expect: refused
import x from './servers/../../etc/passwd';
return x;
