// expect: returned 1
setTimeout(() => {
  for (;;);
}, 1);
return 1;
