export const limit = 5;
export { limit as other };
return limit;
