// expect: returned "ok"
console.log(new Array(100_000).fill(1), new Uint8Array(100_000));
return 'ok';
