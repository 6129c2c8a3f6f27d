const rows: number[] = [3, 4];
const total = rows.reduce((a, b) => a + b, 0);
total as number
