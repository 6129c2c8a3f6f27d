// expect: returned 4294967295
const all: unknown[] = [];
all.length = 4294967295;
return all.length;
