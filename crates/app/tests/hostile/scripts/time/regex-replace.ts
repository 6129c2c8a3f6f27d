// expect: exceeded limits.cpu_seconds
return ('a'.repeat(30) + '!').replace(/(a|a)*$/g, 'b');
