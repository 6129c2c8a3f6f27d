// Which of two functions is meant cannot be known, so none is called
async function one() { return 1; }
async function two() { return 2; }
//= returned null
//= warning: the script returned nothing; write `return …;` at its end
