// expect: returned []
const bridge = (globalThis as any).__narrows;
const found: string[] = [];
const seen = new Set<unknown>();
const look = (value: any): void => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
  seen.add(value);
  for (const key of Reflect.ownKeys(value)) {
    if (['hooks', 'randomBytes', 'decodeBase64'].includes(String(key))) found.push(String(key));
    const { value: inner, get, set } = Reflect.getOwnPropertyDescriptor(value, key)!;
    [inner, get, set].forEach(look);
  }
  look(Reflect.getPrototypeOf(value));
};
look(bridge);
look(globalThis);
return found;
