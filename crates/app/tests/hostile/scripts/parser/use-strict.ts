// expect: threw ReferenceError
'use strict';
undeclared = 1;
