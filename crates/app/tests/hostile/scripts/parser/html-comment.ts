// expect: refused SyntaxError
<!-- return 1;
return 2;
