// expect: threw Error: x
(Error as any).stackTraceLimit = Infinity;
throw new Error('x');
