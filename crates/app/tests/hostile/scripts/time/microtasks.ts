// expect: exceeded
const next = (): Promise<void> => Promise.resolve().then(next);
await next();
