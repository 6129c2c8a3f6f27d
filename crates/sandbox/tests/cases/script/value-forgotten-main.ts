console.log('begins');
async function main() { return 1; }
