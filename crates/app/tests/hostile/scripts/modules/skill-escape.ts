// expect: refused
import x from './skills/../../../etc/passwd';
return x;
