return process.env.HOME;
//= threw at 1:8: ReferenceError: process is not defined (there is no environment: write the value into the script, or read it with `await fs.readFile('/workspace/…', 'utf-8')`)
//= warning: line 1 uses `process`, which does not exist here; return a value instead of exiting; there is no environment
//deno= threw at 1:1: ReferenceError: process is not defined (there is no environment: write the value into the script, or read it with `await fs.readFile('/workspace/…', 'utf-8')`)
//deno= warning: line 1 uses `process`, which does not exist here; return a value instead of exiting; there is no environment
