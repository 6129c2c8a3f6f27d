async function one() { return 1; }
async function two() { return 2; }
