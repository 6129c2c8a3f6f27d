// Whoever prints says what there is to say
console.log('printed');
//= returned null
//= prints log: printed
