// A promise nobody waits for fails the run
Promise.reject(new Error('forgotten'));
await new Promise((done) => setTimeout(done, 5));
return 1;
