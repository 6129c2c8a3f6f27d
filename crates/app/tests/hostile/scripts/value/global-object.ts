// expect: returned {}
return globalThis;
