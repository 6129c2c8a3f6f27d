// expect: threw RangeError
return typeof new Date(8.64e15).toLocaleString('x-' + 'a'.repeat(8) as any, { timeZone: 'UTC' });
