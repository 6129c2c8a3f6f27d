// expect: returned 1
const next = (): void => queueMicrotask(next);
next();
return 1;
