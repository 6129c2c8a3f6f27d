// expect: returned 1
return 1; // */ }); /*
