// The language as it was before any script: what the engine itself relies on.

const { apply, construct, getPrototypeOf, getOwnPropertyDescriptor } = Reflect;
const { defineProperty, keys: enumerableKeys } = Object;
const { isArray } = Array;
const { isView } = ArrayBuffer;
const { stringify, parse, isRawJSON } = JSON;
const { isSafeInteger } = Number;
const OwnBigInt = BigInt;
const { floor, imul } = Math;
const OwnError = Error;
const OwnTypeError = TypeError;
const OwnPromise = Promise;
const OwnDate = Date;
const OwnMap = Map;
const OwnArray = Array;
const Bytes = Uint8Array;
const View = DataView;
const ObjectPrototype = Object.prototype;

// A method as a function that takes `this` first.
const uncurry = (method) => (self, ...rest) => apply(method, self, rest);
const getter = (prototype, name) => uncurry(getOwnPropertyDescriptor(prototype, name).get);
const TypedArray = getPrototypeOf(Uint8Array);
const lengthOfArray = getter(TypedArray.prototype, "length");
const setBytes = uncurry(TypedArray.prototype.set);
const subarray = uncurry(TypedArray.prototype.subarray);
const tagOfView = getter(TypedArray.prototype, Symbol.toStringTag);
const toBase64 = uncurry(Uint8Array.prototype.toBase64);
const fromBase64 = Uint8Array.fromBase64;
const putUint32 = uncurry(DataView.prototype.setUint32);
const getUint32 = uncurry(DataView.prototype.getUint32);
const getFloat64 = uncurry(DataView.prototype.getFloat64);
const bufferOf = getter(TypedArray.prototype, "buffer");
const offsetOf = getter(TypedArray.prototype, "byteOffset");
const sizeOf = getter(TypedArray.prototype, "byteLength");
const viewBuffer = getter(DataView.prototype, "buffer");
const viewOffset = getter(DataView.prototype, "byteOffset");
const viewLength = getter(DataView.prototype, "byteLength");
const then = uncurry(Promise.prototype.then);
const mapGet = uncurry(Map.prototype.get);
const mapSet = uncurry(Map.prototype.set);
const mapHas = uncurry(Map.prototype.has);
const mapDelete = uncurry(Map.prototype.delete);
const mapEach = uncurry(Map.prototype.forEach);
const mapSize = getter(Map.prototype, "size");
const setEach = uncurry(Set.prototype.forEach);
const slice = uncurry(String.prototype.slice);
const split = uncurry(String.prototype.split);
const includes = uncurry(String.prototype.includes);
const startsWith = uncurry(String.prototype.startsWith);
const lastIndexOf = uncurry(String.prototype.lastIndexOf);
const trimEnd = uncurry(String.prototype.trimEnd);
const toWellFormed = uncurry(String.prototype.toWellFormed);
const exec = uncurry(RegExp.prototype.exec);
const textOfFunction = uncurry(Function.prototype.toString);
const dateText = uncurry(Date.prototype.toString);
const valueOfs = [Number, String, Boolean, BigInt].map((type) => uncurry(type.prototype.valueOf));

// What a script must not disturb: elements are defined, never set, so that no setter on a prototype runs.
const append = (list, value) =>
  defineProperty(list, list.length, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
const succeeds = (work) => {
  try {
    work();
    return true;
  } catch {
    return false;
  }
};
const hidden = (object, name, value) =>
  defineProperty(object, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });

// What a script finds in the other engine is what it finds in this one: these would tell the time, start threads or
// wait for a thread.
for (const name of ["WebAssembly", "Temporal", "Atomics", "console"]) delete globalThis[name];
Error.stackTraceLimit = 30;
