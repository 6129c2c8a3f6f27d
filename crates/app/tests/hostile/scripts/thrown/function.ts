// expect: threw Error
throw () => 1;
