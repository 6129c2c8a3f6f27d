// expect: returned 3
const ä = 1, 变量 = 2;
return ä + 变量;
