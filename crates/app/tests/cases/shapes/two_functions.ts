// Which of two functions is meant cannot be known
async function one() { return 1; }
async function two() { return 2; }
