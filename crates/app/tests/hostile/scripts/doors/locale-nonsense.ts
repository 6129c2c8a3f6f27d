// expect: threw RangeError
return new Intl.NumberFormat('../../etc/passwd').format(1);
