// expect: threw ReferenceError
const make: any = Object.getPrototypeOf(function* () {}).constructor;
return make('yield require("fs")')().next().value;
