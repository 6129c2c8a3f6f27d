// There is no process and no require
const names: string[] = [];
for (const door of [() => (globalThis as any).process.env, () => (process as any).env, () => (require as any)('fs')]) {
  try {
    door();
    names.push('open');
  } catch (e: any) {
    names.push(e.name);
  }
}
return names;
