// expect: threw Error: undefined
throw undefined;
