// expect: threw Error: null
throw null;
