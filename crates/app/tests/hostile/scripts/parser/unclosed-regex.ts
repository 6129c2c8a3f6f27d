// expect: refused SyntaxError
return /x
