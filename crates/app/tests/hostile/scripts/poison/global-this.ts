// expect: returned 1
for (const name of Reflect.ownKeys(globalThis)) {
  try {
    delete (globalThis as any)[name];
  } catch {}
}
return 1;
