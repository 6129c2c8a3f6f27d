// expect: refused SyntaxError
}; globalThis.escaped = true; export default async () => {
return 1;
