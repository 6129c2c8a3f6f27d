import * as files from 'fs/promises';
await files.writeFile('/tmp/rows.txt', 'a,b');
return (await (files as any).readFile('/tmp/rows.txt')).split(',');
//= threw at 3:57: TypeError: `(await (files as any).readFile('/tmp/rows.txt')).split` is not a function (`(await (files as any).readFile('/tmp/rows.txt'))` is bytes, not text; write `await (files as any).readFile('/tmp/rows.txt', 'utf8')`)
//deno= threw at 3:57: TypeError: (intermediate value).split is not a function (`(await (files as any).readFile('/tmp/rows.txt'))` is bytes, not text; write `await (files as any).readFile('/tmp/rows.txt', 'utf8')`)
