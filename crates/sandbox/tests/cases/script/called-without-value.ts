main();
async function main() { console.log(1); }
