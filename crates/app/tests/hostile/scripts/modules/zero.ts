// expect: refused
import x from './servers/slack\0/../../etc/passwd';
return x;
