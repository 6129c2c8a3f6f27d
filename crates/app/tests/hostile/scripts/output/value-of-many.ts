// expect: exceeded limits.value_kb
return Array.from({ length: 60_000 }, (_, n) => ({ n, name: 'xxxxxxxx' }));
