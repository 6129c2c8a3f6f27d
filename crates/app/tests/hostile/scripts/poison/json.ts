// expect: returned {"a":1}
JSON.stringify = () => '"forged"';
JSON.parse = () => 'forged';
return { a: 1 };
