// A file that only exports functions runs and gives nothing
export function helper(n: number) { return n; }
//= returned null
//= warning: the script returned nothing; write `return …;` at its end
