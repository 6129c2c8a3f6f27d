// expect: returned [1,"x",true]
return [new Number(1), new String('x'), new Boolean(true)];
