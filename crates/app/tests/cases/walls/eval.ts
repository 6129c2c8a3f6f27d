// eval is ordinary JavaScript inside the same walls
return (0, eval)('typeof process + 6 * 7');
