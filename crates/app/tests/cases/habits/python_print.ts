const n = 3;
print(n)
//= threw at 2:1: ReferenceError: print is not defined (write `console.log(…)`)
