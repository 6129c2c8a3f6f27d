// expect: exceeded limits.cpu_seconds
const next = (): void => queueMicrotask(next);
next();
await new Promise(() => {});
