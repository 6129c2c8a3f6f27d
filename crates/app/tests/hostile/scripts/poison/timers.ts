// expect: returned "done"
const no = (): never => {
  throw new Error('poisoned');
};
Map.prototype.get = no;
Promise.prototype.then = no as any;
await new Promise((done) => setTimeout(done, 1));
return 'done';
