// expect: returned [1]
(globalThis as any).JSON = undefined;
return [1];
