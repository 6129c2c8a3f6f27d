// expect: refused SyntaxError
return `${ `${ 
