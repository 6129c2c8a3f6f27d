// expect: exceeded
return new Proxy([], { get: (_, key) => (key === 'length' ? 2 ** 53 : 1) });
