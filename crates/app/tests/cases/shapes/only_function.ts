// A script that only defines a function has it called
async function main(): Promise<string> {
  return 'called';
}
