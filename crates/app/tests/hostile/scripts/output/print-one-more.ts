// expect: exceeded limits.printed_kb
console.log('x'.repeat(65_536));
console.log('y');
return 'never';
