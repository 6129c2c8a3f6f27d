// expect: returned "undefined"
return typeof (globalThis as any).registry;
