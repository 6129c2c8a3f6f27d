// A script that fills its memory is stopped
const all: string[] = [];
for (;;) all.push('x'.repeat(1 << 20) + all.length);
