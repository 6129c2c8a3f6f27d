// The place is right after an await in a typed script
interface Wide {
  a: string;
}
const wide = (await Promise.resolve({})) as Wide;
return wide.a.length;
