return Buffer.from('a').toString('base64');
//= threw at 1:8: ReferenceError: Buffer is not defined (write `new TextEncoder().encode(text)` for bytes, and `btoa(text)` or `atob(text)` for base64)
//deno= threw at 1:1: ReferenceError: Buffer is not defined (write `new TextEncoder().encode(text)` for bytes, and `btoa(text)` or `atob(text)` for base64)
