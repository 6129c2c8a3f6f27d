// A script that only defines a function has it called
async function main(): Promise<string> {
  return 'called';
}
//= returned "called"
//= repair: The script only defined the function `main`: it was called, and its value returned
