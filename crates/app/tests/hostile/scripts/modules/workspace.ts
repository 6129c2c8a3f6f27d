// expect: refused
import x from './workspace/x';
return x;
