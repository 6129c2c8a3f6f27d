// `main` is defined and never called
console.log('begins');
async function main() {
  return 'main was called';
}
//= returned "main was called"
//= prints log: begins
//= repair: The script never called `main`: it was called, and its value returned
