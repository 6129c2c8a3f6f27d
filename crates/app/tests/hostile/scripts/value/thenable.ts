// expect: returned 1
return { then: (done: (n: number) => void) => done(1) };
