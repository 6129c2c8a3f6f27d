// expect: returned ["undefined","undefined","undefined"]
return ['gc', 'print', 'scriptArgs'].map((name) => typeof (globalThis as any)[name]);
