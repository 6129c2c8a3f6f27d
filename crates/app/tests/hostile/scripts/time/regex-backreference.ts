// expect: exceeded limits.cpu_seconds at 2
return /^(.*?)(.*?)(.*?)(.*?)(.*?)\1\2\3\4\5!$/.test('ab'.repeat(3000));
