// expect: threw Error: text
throw 'text';
