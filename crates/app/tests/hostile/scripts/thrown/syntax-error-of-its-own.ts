// expect: threw SyntaxError
(0, eval)('let = =');
