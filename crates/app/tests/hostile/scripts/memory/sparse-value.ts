// expect: exceeded limits.value_kb
const all: unknown[] = [];
all.length = 4294967295;
return all;
