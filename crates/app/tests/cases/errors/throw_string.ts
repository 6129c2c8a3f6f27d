// Anything can be thrown
throw 'just text';
//= threw: Error: just text
