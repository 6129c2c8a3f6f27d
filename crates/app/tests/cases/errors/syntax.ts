// What is no TypeScript is refused with its place
const a = 1;
return { a: };
