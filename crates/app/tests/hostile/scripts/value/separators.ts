// expect: returned "\u2028\u2029\ufeff"
return '\u2028\u2029\ufeff';
