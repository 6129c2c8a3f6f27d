// expect: exceeded
const numbers = new Array(1_000_000).fill(1);
return [...numbers, ...numbers, ...numbers, ...numbers].concat(numbers, numbers).length;
