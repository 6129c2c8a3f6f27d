// expect: threw DeadlockError
export default new Promise(() => {});
