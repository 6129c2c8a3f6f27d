// expect: returned "done"
let ref = new WeakRef({});
for (let n = 0; n < 10_000; n++) ref = new WeakRef({ n });
return ref.deref() === undefined ? 'done' : 'done';
