const text = await Deno.readTextFile('/home/me/notes.txt');
return text;
//= threw at 1:20: ReferenceError: Deno is not defined (write `await fs.readFile('/workspace/a.txt', 'utf-8')`; files of the machine are reached through tools)
//deno= threw at 1:14: ReferenceError: Deno is not defined (write `await fs.readFile('/workspace/a.txt', 'utf-8')`; files of the machine are reached through tools)
