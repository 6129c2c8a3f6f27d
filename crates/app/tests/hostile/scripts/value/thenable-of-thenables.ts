// expect: returned 2
return { then: (done: (x: unknown) => void) => done({ then: (inner: (n: number) => void) => inner(2) }) };
