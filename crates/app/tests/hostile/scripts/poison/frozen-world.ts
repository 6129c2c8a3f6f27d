// expect: returned [true]
for (const name of Object.getOwnPropertyNames(globalThis)) {
  const value = (globalThis as any)[name];
  if (typeof value === 'function' && value.prototype) Object.freeze(value.prototype);
}
return await Promise.all([fs.exists('/workspace')]);
