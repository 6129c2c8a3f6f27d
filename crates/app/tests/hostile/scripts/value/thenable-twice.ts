// expect: returned 1
return {
  then(done: (n: number) => void, fail: (e: unknown) => void) {
    done(1);
    done(2);
    fail(new Error('late'));
    throw new Error('later');
  },
};
