const source = { list: [1, , 3], map: new Map([[{ k: 1 }, new Set([2])]]), date: new Date(5), re: /a/gi, big: 1n, bytes: new Uint8Array([1, 2]) };
source.self = source;
source.error = new RangeError('far', { cause: 1 });
const copy = structuredClone(source);
const [[key, set]] = copy.map;
const refused = [function named() {}, Promise.resolve(), Symbol()].map((value) => {
  try {
    structuredClone({ value });
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
});
return [
  copy !== source && copy.self === copy, 1 in copy.list, copy.list.length, key.k, [...set], copy.date.getTime(), copy.re.flags,
  copy.big === 1n, copy.bytes[1], copy.error instanceof RangeError, copy.error.cause, refused,
];
// expect: returned [true,false,3,1,[2],5,"gi",true,2,true,1,
// expect: ["DataCloneError: the function named could not be cloned","DataCloneError: a promise could not be cloned","DataCloneError: a symbol could not be cloned"]]
