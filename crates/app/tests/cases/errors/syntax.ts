// What is no TypeScript is refused with its place
const a = 1;
return { a: };
//= refused at 3:13: SyntaxError: Unexpected `}`
//= problem 3:13: Unexpected `}`
