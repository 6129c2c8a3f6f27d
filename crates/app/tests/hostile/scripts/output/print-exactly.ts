// expect: returned 65536
console.log('x'.repeat(65_536));
return 65536;
