// eval is ordinary JavaScript inside the same walls
return (0, eval)('typeof process + 6 * 7');
//= returned "undefined42"
//= warning: line 2 uses `eval`; write the code out
