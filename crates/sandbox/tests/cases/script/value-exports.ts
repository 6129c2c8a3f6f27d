exports.total = 1 + 1;
