// expect: threw TypeError
const name = ['node', 'os'].join(':');
return await import(name);
