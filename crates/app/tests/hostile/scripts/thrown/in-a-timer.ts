// expect: threw Error: late
setTimeout(() => {
  throw new Error('late');
}, 1);
await new Promise(() => {});
