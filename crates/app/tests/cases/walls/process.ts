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
//= returned ["TypeError","ReferenceError","ReferenceError"]
//= warning: line 3 uses `process`, which does not exist here; return a value instead of exiting; there is no environment
//= warning: line 3 uses `process`, which does not exist here; return a value instead of exiting; there is no environment
//= warning: line 3 uses `require`, which does not exist here; use `import`
