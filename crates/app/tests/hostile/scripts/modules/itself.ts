// expect: refused
import * as self from './main';
return self;
