// expect: exceeded limits.cpu_seconds
const again = { then: (done: (x: unknown) => void) => done(again) };
return again;
