// What is done for its effect has no value
const seen = new Map<string, number>();
seen.set('a', 1);
//= returned null
//= warning: the script returned nothing; write `return seen;` at its end
