// A script that returns nothing gives no value
const unused = 1;
void unused;
//= returned null
