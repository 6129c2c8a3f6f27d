// expect: returned ["TypeError","TypeError","TypeError"]
const names: string[] = [];
for (const name of ['std', 'os', 'qjs:std']) await import(name).catch((error) => names.push(error.name));
return names;
