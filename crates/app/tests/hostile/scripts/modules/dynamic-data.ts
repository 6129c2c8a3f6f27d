// expect: threw TypeError
const name = 'data:text/javascript,' + 'export default 1';
return (await import(name)).default;
