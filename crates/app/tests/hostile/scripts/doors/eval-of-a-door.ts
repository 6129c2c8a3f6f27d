// expect: returned "undefined"
return (0, eval)('typeof process');
