// expect: threw SyntaxError
const all: RegExp[] = [];
for (let n = 0; ; n++) all.push(new RegExp(`[\\p{L}${n}]{1,${n}}`.repeat(20), 'u'));
