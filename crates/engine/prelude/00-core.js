// What everything else here stands on: the language as it was before any script, and `__narrows`, the one hidden and
// frozen global through which generated code reaches the host.

const { apply, construct, ownKeys, getOwnPropertyDescriptor: descriptorOf, getPrototypeOf: prototypeOf } = Reflect;
const { defineProperty, freeze, keys: enumerableKeys, assign } = Object;
const { isArray } = Array;
const { isView } = ArrayBuffer;
const { min, max, floor, abs, trunc } = Math;
const TypedArray = prototypeOf(Uint8Array);

// A method as a function that takes `this` first. Works whatever a script does to prototypes.
const uncurry = (method) => (self, ...rest) => apply(method, self, rest);
const hasOwn = uncurry(Object.prototype.hasOwnProperty);
const then = uncurry(Promise.prototype.then);
const tagOfView = uncurry(descriptorOf(TypedArray.prototype, Symbol.toStringTag).get);
const bytesOfBuffer = uncurry(descriptorOf(ArrayBuffer.prototype, "byteLength").get);

// A global as the language's own are: not enumerable, replaceable.
const expose = (name, value) =>
  defineProperty(globalThis, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });

// A property that does not show.
const hide = (object, name, value) =>
  defineProperty(object, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });

// Marks a class as a built-in one: `Object.prototype.toString` names it, its methods do not show.
const brand = (type, name) => {
  defineProperty(type.prototype, Symbol.toStringTag, { __proto__: null, value: name, configurable: true });
  return type;
};

// Whether a value is bytes, and those bytes without a copy.
const isBuffer = (value) => {
  try {
    bytesOfBuffer(value);
    return true;
  } catch {
    return false;
  }
};
const bytesOf = (value) => {
  if (isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (isBuffer(value)) return new Uint8Array(value);
  return undefined;
};

// What a value is, in a word, for messages.
const kindOf = (value) => (value === null ? "null" : isArray(value) ? "an array" : typeof value === "object" ? "an object" : typeof value);

const narrows = {
  __proto__: null,
  // The function behind a tool's module: `export const getDocument = __narrows.tool("servers/…/getDocument")`.
  tool: (path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const tool = (input) => native.call(path, input ?? {});
    return defineProperty(tool, "name", { __proto__: null, value: name, configurable: true });
  },
  // A dynamic import, from the generated code.
  import: async (specifier, from = "/main.js") => {
    const wanted = `${specifier}`;
    return native.import(native.has(wanted, from) ?? (await native.call("module", { specifier: wanted, from })));
  },
  // What the module `narrows` exports: filled and frozen by the last file.
  exports: { __proto__: null },
};
defineProperty(globalThis, "__narrows", { __proto__: null, value: freeze(narrows) });
