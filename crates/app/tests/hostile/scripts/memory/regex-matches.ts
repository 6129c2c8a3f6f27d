// expect: exceeded
return 'a'.repeat(4_000_000).match(/a/g)!.length;
