// What the engine needs of the language itself, captured before any script can touch it.
(function () {
  "use strict";
  const { apply, getOwnPropertyDescriptor } = Reflect;
  const { forEach: eachOfMap } = Map.prototype;
  const { forEach: eachOfSet } = Set.prototype;
  const valueOfs = [Number, String, Boolean, BigInt].map((type) => type.prototype.valueOf);
  const { defineProperty } = Object;
  const OriginalError = Error;
  const OriginalTypeError = TypeError;
  const OriginalBigInt = BigInt;
  const { parse, rawJSON } = JSON;
  const { isSafeInteger } = Number;
  const { test } = RegExp.prototype;
  // As many digits as the decoder takes.
  const integer = /^-?\d{1,4300}$/;
  const { toString: textOfFunction } = Function.prototype;
  const { startsWith } = String.prototype;
  const errorStack = getOwnPropertyDescriptor(Error.prototype, "stack").get;
  const append = (list, value) =>
    defineProperty(list, list.length, { __proto__: null, value, writable: true, enumerable: true, configurable: true });

  // Stacks are made by the engine alone: a script cannot hook in, and sees at most this many frames.
  Error.stackTraceLimit = 30;
  delete Error.stackTraceLimit;
  delete Error.prepareStackTrace;

  return {
    __proto__: null,
    errorStack,
    typeError: (message) => new OriginalTypeError(message),
    error: (fields, stack) => {
      const error = new OriginalError(fields.message);
      for (const name in fields) {
        if (name !== "message" && name !== "stack") {
          defineProperty(error, name, { __proto__: null, value: fields[name], writable: true, enumerable: name !== "name", configurable: true });
        }
      }
      defineProperty(error, "stack", { __proto__: null, value: stack, writable: true, enumerable: false, configurable: true });
      return error;
    },
    // A map's keys and values in turn; a set's values.
    mapEntries: (map) => {
      const list = [];
      apply(eachOfMap, map, [(value, key) => { append(list, key); append(list, value); }]);
      return list;
    },
    setValues: (set) => {
      const list = [];
      apply(eachOfSet, set, [(value) => append(list, value)]);
      return list;
    },
    bigInteger: (digits) => OriginalBigInt(digits),
    // JSON with integers that a double would round as `bigint`.
    parseExactly: (json) =>
      parse(json, (_, value, { source }) =>
        typeof value === "number" && !isSafeInteger(value) && apply(test, integer, [source]) ? OriginalBigInt(source) : value,
      ),
    rawJSON: rawJSON("0"),
    boxed: [Object(0), Object(""), Object(false), Object(0n)],
    unbox: (object) => {
      for (let index = 0; index < 4; index++) {
        try {
          return apply(valueOfs[index], object, []);
        } catch {}
      }
    },
    // The life of a script: import its module, and call the function it exports by default. A class is none to call.
    main: async (load, name) => {
      const { default: value } = await load(name);
      // Awaited here: returned as it is, a promise would be followed through a `then` that a script can replace.
      if (typeof value !== "function") return value;
      const isClass = apply(startsWith, apply(textOfFunction, value, []), ["class "]);
      return isClass ? undefined : await value();
    },
  };
})();
