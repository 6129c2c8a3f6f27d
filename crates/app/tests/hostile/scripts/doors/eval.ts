// expect: returned 2
return (0, eval)('1 + 1');
