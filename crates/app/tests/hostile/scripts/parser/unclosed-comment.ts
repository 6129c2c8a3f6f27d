// expect: refused SyntaxError
return 1; /*
