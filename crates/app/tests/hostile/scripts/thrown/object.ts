// expect: threw Error: {"a":1}
throw { a: 1 };
