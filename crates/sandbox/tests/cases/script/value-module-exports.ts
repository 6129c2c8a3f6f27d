const run = async () => 7;
module.exports = run;
