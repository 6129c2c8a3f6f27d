// expect: threw RangeError
const o: any = { toString: () => `${o}` };
return `${o}`;
