// expect: threw SyntaxError
return new RegExp('(?:'.repeat(50_000) + ')'.repeat(50_000));
