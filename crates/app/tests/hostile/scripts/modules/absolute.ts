// expect: refused
import x from '/etc/passwd';
return x;
