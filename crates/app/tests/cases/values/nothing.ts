// A script that returns nothing gives no value
const unused = 1;
void unused;
//= returned null
//= warning: the script returned nothing; write `return unused;` at its end
