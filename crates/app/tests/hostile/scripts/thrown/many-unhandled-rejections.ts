// expect: returned 1
for (let n = 0; n < 1_000; n++) void Promise.reject(new Error(`lost ${n}`));
return 1;
