// expect: returned "ok"
console.log = () => {
  throw new Error('no');
};
(globalThis as any).console = undefined;
return 'ok';
