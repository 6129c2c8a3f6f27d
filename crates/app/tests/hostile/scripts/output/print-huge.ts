// expect: exceeded limits.printed_kb
console.log('x'.repeat(1 << 20));
return 'never';
