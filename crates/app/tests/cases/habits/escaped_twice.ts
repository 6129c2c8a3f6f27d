const rows = [1, 2, 3];\nconst sum = rows.reduce((a, b) => a + b, 0);\nreturn sum;
//= returned 6
//= repair: The script was escaped twice (`\n` instead of a line end): it was unescaped, and lines are counted after that
