// expect: returned 1
const \u0061\u{62} = 1;
return ab;
