async function main() { return 1; }
return await main();
