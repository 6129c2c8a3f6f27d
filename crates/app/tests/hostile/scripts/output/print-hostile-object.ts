// expect: returned "ok"
const no = () => {
  throw new Error('no');
};
console.log(new Proxy({}, { get: no, ownKeys: no, getOwnPropertyDescriptor: no, getPrototypeOf: no }));
return 'ok';
