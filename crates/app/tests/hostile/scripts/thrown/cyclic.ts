// expect: threw Error: x
const error: any = new Error('x');
error.self = error.cause = error;
throw error;
