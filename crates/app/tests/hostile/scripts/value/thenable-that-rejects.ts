// expect: threw Error: no
return { then: (_: unknown, fail: (e: Error) => void) => fail(new Error('no')) };
