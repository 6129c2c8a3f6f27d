// expect: returned null
return () => 1;
