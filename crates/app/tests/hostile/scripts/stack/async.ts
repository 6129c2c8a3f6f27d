// expect: threw RangeError
const again = async (): Promise<number> => 1 + (await again());
return await again();
