// expect: threw TypeError
const name = ['..', '..', 'etc', 'passwd'].join('/');
return await import(name);
