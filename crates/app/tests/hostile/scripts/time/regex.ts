// expect: exceeded limits.cpu_seconds at 2
return /^(a+)+$/.test('a'.repeat(40) + 'b');
