// A value that holds itself cannot be returned
const a: any = {};
a.self = a;
return a;
//= threw: TypeError: the returned value is cyclic at .self
