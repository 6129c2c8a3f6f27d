// expect: refused SyntaxError
return /(/.test('x');
