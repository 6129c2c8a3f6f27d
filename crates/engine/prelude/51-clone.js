// structuredClone: a deep copy of everything that is data.

{
  const { mapEach, setEach, mapSize, setSize, dateTime, numberOf, stringOf, booleanOf } = inspecting;
  const errors = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

  const refuse = (what) => {
    throw new DOMException(`${what} could not be cloned`, "DataCloneError");
  };

  const cloneError = (value, copy) => {
    const name = errorField(value, "name");
    const clone = new (errors[name] ?? Error)(errorField(value, "message"));
    const cause = descriptorOf(value, "cause");
    if (cause !== undefined) hide(clone, "cause", copy(value.cause));
    const stack = value.stack;
    if (typeof stack === "string") hide(clone, "stack", stack);
    return clone;
  };

  const cloneView = (value, seen, copy) => {
    const buffer = copy(value.buffer);
    const name = tagOfView(value);
    if (name === undefined) return new DataView(buffer, value.byteOffset, value.byteLength);
    return new globalTypes[name](buffer, value.byteOffset, value.length);
  };
  const globalTypes = { __proto__: null };
  for (const type of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array]) {
    globalTypes[type.name] = type;
  }

  const structuredClone = (value) => {
    const seen = new Map();
    const copy = (value) => {
      if (typeof value === "function") refuse(`the function ${value.name || "(anonymous)"}`);
      if (typeof value === "symbol") refuse("a symbol");
      if (typeof value !== "object" || value === null) return value;
      const known = seen.get(value);
      if (known !== undefined) return known;
      const keep = (clone) => {
        seen.set(value, clone);
        return clone;
      };
      if (native.inspect(value).type === "promise") refuse("a promise");
      if (isArray(value)) {
        const clone = keep(new Array(value.length));
        for (const key of enumerableKeys(value)) clone[key] = copy(value[key]);
        return clone;
      }
      if (succeeds(() => mapSize(value))) {
        const clone = keep(new Map());
        const entries = [];
        mapEach(value, (item, key) => entries.push([key, item]));
        for (const [key, item] of entries) clone.set(copy(key), copy(item));
        return clone;
      }
      if (succeeds(() => setSize(value))) {
        const clone = keep(new Set());
        const items = [];
        setEach(value, (item) => items.push(item));
        for (const item of items) clone.add(copy(item));
        return clone;
      }
      if (succeeds(() => dateTime(value))) return keep(new Date(dateTime(value)));
      if (isView(value)) return keep(cloneView(value, seen, copy));
      if (isBuffer(value)) return keep(value.slice(0));
      if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
      if (value instanceof Error) return keep(cloneError(value, copy));
      if (succeeds(() => numberOf(value))) return keep(Object(numberOf(value)));
      if (succeeds(() => stringOf(value))) return keep(Object(stringOf(value)));
      if (succeeds(() => booleanOf(value))) return keep(Object(booleanOf(value)));
      if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) refuse("a weak collection");
      const clone = keep({});
      for (const key of enumerableKeys(value)) {
        defineProperty(clone, key, { __proto__: null, value: copy(value[key]), writable: true, enumerable: true, configurable: true });
      }
      return clone;
    };
    return copy(value);
  };
  expose("structuredClone", structuredClone);
}
