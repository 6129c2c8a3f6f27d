// expect: returned "none"
let object: any = {};
for (let n = 0; n < 10_000; n++) object = Object.create(object);
return object.x ?? 'none';
