export const kept = 1;
export default async function main() { return 1; }
await main();
