// expect: returned null
export const then = (done: (x: unknown) => void) => done('forged');
export default 1;
