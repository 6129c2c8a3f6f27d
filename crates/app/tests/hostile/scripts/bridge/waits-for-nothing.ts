// expect: threw DeadlockError
await new Promise(() => {});
