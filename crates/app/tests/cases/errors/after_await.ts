// The place is right after an await in a typed script
interface Wide {
  a: string;
}
const wide = (await Promise.resolve({})) as Wide;
return wide.a.length;
//= threw at 6:8: TypeError: cannot read property 'length' of undefined
//deno= threw at 6:15: TypeError: Cannot read properties of undefined (reading 'length')
