// expect: threw Error: x
const error = new Error('x');
error.stack = '    at f (/main.js:2:1)\n'.repeat(100_000);
throw error;
