// Everything printed is kept with its level
console.log('text', 1, { a: [1, null] }, [undefined], new Map([[1, 'x']]));
console.warn('careful');
console.error(new TypeError('shown'));
console.info('%s is %d', 'six', 6);
console.log();
//= returned null
//= prints log: text 1 { a: [ 1, null ] } [ undefined ] Map(1) { 1 => 'x' }
//= prints warn: careful
//= prints error: TypeError: shown
//= prints log: six is 6
//= prints log: 
