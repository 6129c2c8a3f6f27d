const folder = await pick();
async function pick() { return 'a'; }
async function work() { return folder; }
