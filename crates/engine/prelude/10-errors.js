// The errors a script meets because of where it runs, and how the reason of a refused call becomes one of them.

const makeError = (name, fields = []) => {
  const type = {
    [name]: class extends Error {
      constructor(message, options) {
        super(message, options);
        for (let index = 0; index < fields.length; index++) {
          const value = options?.[fields[index]];
          if (value !== undefined) this[fields[index]] = value;
        }
      }
    },
  }[name];
  hide(type.prototype, "name", name);
  expose(name, type);
  return type;
};

// A tool said no, or could not be reached: `server`, `tool`, `code`, `data` say more.
const ToolError = makeError("ToolError", ["server", "tool", "code", "data"]);
// A file or a tool that the script may not touch.
const PermissionError = makeError("PermissionError", ["code", "path"]);
// A way out that does not exist here.
const NetworkError = makeError("NetworkError");
// A call that may or may not have taken effect.
const UnknownOutcomeError = makeError("UnknownOutcomeError", ["server", "tool", "code", "data"]);
// One operation was too large; `code` is the key of the limit.
const LimitError = makeError("LimitError", ["code"]);

const errorTypes = { __proto__: null, ToolError, PermissionError, NetworkError, UnknownOutcomeError, LimitError, TypeError, RangeError, SyntaxError };

native.hooks({
  error: (fields, stack) => {
    const name = typeof fields.name === "string" ? fields.name : "Error";
    const known = errorTypes[name];
    const error = new (known ?? Error)(`${fields.message ?? ""}`);
    if (known === undefined && name !== "Error") hide(error, "name", name);
    const names = enumerableKeys(fields);
    for (let index = 0; index < names.length; index++) {
      const key = names[index];
      if (key === "name" || key === "message" || key === "stack" || fields[key] === null) continue;
      defineProperty(error, key, { __proto__: null, value: fields[key], writable: true, enumerable: true, configurable: true });
    }
    hide(error, "stack", stack);
    return error;
  },
});

// As browsers and Node throw them where there is no better class.
class DOMException extends Error {
  #name;
  constructor(message = "", name = "Error") {
    super(message);
    this.#name = `${typeof name === "object" ? name.name ?? "Error" : name}`;
  }
  get name() {
    return this.#name;
  }
  get code() {
    return { __proto__: null, InvalidCharacterError: 5, AbortError: 20, QuotaExceededError: 22, TimeoutError: 23, DataCloneError: 25 }[this.#name] ?? 0;
  }
}
brand(DOMException, "DOMException");
expose("DOMException", DOMException);
