// expect: refused SyntaxError
return [31m;
