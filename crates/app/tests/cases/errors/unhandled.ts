// An error nobody waits for is printed, and does not end the run
Promise.reject(new Error('forgotten'));
await new Promise((done) => setTimeout(done, 5));
return 1;
//= returned 1
//= prints error: Uncaught (in promise) Error: forgotten
