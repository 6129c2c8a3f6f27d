// expect: returned 1
void Promise.reject(new Error('lost'));
return 1;
