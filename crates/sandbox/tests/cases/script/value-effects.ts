const seen = new Map();
console.log('a');
seen.set('a', 1);
