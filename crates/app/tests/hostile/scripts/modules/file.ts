// expect: refused
import x from 'file:///etc/passwd';
return x;
