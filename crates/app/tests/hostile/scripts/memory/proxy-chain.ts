// expect: threw RangeError
let proxy: any = {};
for (let n = 0; n < 50_000; n++) proxy = new Proxy(proxy, {});
return proxy.x;
