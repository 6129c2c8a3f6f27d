// expect: returned ["undefined","undefined","undefined"]
return new Function('return [typeof Deno, typeof Bun, typeof std]')();
