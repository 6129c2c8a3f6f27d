// expect: returned [{},{},{}]
return [new WeakMap(), new WeakSet(), /x/];
