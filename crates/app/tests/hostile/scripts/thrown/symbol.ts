// expect: threw Error
throw Symbol('x');
