async function other() { return 1; }
const main = async (): Promise<number> => 2;
