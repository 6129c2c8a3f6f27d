// expect: exceeded limits.value_kb
return 'x'.repeat(1 << 21);
