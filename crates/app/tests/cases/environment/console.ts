// Everything printed is kept with its level
console.log('text', 1, { a: [1, null] }, [undefined], new Map([[1, 'x']]));
console.warn('careful');
console.error(new TypeError('shown'));
console.info('%s is %d', 'six', 6);
console.log();
