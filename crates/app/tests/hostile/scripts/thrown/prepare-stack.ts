// expect: threw Error: x
(Error as any).prepareStackTrace = () => {
  throw new Error('y');
};
throw new Error('x');
