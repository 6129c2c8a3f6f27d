// expect: threw Error: x
const error = new Error('x');
error.stack = '    at root (/etc/passwd:1:1)\n    at f (/main.js:99999999999:1)\n    at g (/skills/x.ts:1:1)';
throw error;
