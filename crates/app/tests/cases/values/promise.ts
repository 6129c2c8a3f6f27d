// A returned promise is waited for
return Promise.resolve([1, 2]);
//= returned [1,2]
