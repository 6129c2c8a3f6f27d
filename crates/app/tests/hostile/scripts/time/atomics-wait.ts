// expect: threw
const shared = new Int32Array(new SharedArrayBuffer(8));
Atomics.wait(shared, 0, 0);
return 'waited';
