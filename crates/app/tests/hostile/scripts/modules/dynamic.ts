// expect: threw TypeError
const name = ['node', 'fs'].join(':');
return await import(name);
