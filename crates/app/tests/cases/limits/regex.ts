// A regular expression without end is stopped
return /^(a+)+$/.test('a'.repeat(40) + '!');
