export const rate = 2;
rate * 2;
