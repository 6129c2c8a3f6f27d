// expect: threw Error
throw Object.assign(new Error('x'), { name: { toString: () => 'Forged' }, message: 1n });
