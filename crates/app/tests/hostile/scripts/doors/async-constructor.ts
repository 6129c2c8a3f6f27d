// expect: threw ReferenceError
const make: any = Object.getPrototypeOf(async () => {}).constructor;
return await make('return process.env')();
