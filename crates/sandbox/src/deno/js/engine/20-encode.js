// From JavaScript values to JSON, as the other engine does it: nothing a script can replace is used, a cycle and a
// promise nobody awaited are errors that say where, maps, sets, errors and typed arrays keep their contents.

const VALUE = { __proto__: null, words: "the returned value", limit: 1 };
const ARGUMENTS = { __proto__: null, words: "the argument", limit: 2 };
// A part of a description of an error: never ends the run.
const DETAIL = { __proto__: null, words: "the property", limit: 0 };
const DEPTH = 3;

const DETAIL_BYTES_MAX = 64 * 1024;
// The deepest nesting whatever the limits say.
const DEPTH_MAX = 500;

const limits = { __proto__: null, value: 0, argument: 0, depth: 0, outstanding: 0, outstandingBytes: 0 };

const byte = (number) => {
  const bytes = new Bytes(1);
  bytes[0] = number;
  return bytes;
};

// Ends the run for a limit this side sees first.
const exceed = (limit) => {
  say(KIND.end, [5], [byte(limit), utf8(stackHere())]);
  halt();
};

// The primitive inside an object made by `Object(1)` and its kin.
const unboxed = (value) => {
  let inner;
  for (let index = 0; index < valueOfs.length; index++) {
    if (succeeds(() => (inner = valueOfs[index](value)))) return inner;
  }
};

// The words for a limit of one call's arguments, by its number: its key and the sentence about it.
const words = [];
// Errors of limits that were thrown, newest first, to be known again when nobody catches them; and how many. A script
// that catches more than these has caught them all.
let exceeding;
const EXCEEDING_MAX = 4;

// The error of a limit that one call's arguments exceed. The script may catch it.
const limitError = (limit) => {
  const { key, sentence } = words[limit];
  const error = makeError({ name: "LimitError", message: sentence, code: key }, stackHere());
  exceeding = { limit, error, before: exceeding };
  let last = exceeding;
  for (let count = 1; last.before !== undefined && count < EXCEEDING_MAX; count++) last = last.before;
  last.before = undefined;
  return error;
};

// The limit this very error is about, where it is one of those.
const exceededBy = (error) => {
  for (let link = exceeding; link !== undefined; link = link.before) if (link.error === error) return link.limit;
};

const quotedText = (text) => stringify(toWellFormed(text));
const shortened = (name) => (name.length <= 40 ? name : `${slice(name, 0, 40)}…`);

// Where values of tools hold the content blocks beside them, and the names those are written under: the first that the
// value does not use itself.
let besideName;
const blocksBeside = (object) => (besideName === undefined ? undefined : object[besideName]);
const nameBeside = (object) => (object.content === undefined ? "content" : "contentBlocks");

class Encoder {
  #out = "";
  #max;
  #depth;
  #subject;
  // Lists as links: an array's elements could meet a script's setters, and defining each is slow.
  #above = undefined;
  #levels = 0;
  #path = undefined;
  constructor(subject) {
    this.#subject = subject;
    this.#max = subject === VALUE ? limits.value : subject === ARGUMENTS ? limits.argument : DETAIL_BYTES_MAX;
    this.#depth = limits.depth < DEPTH_MAX ? limits.depth : DEPTH_MAX;
  }

  // The JSON as bytes; nothing where `JSON.stringify` gives `undefined`.
  encode(value) {
    if (!this.#value(value)) return undefined;
    const bytes = utf8(this.#out);
    if (lengthOfArray(bytes) > this.#max) this.#refuse(this.#subject.limit);
    return bytes;
  }

  #value(value) {
    if ((typeof value === "object" && value !== null) || typeof value === "bigint") {
      const { toJSON } = value;
      if (typeof toJSON === "function") return this.#plain(apply(toJSON, value, [this.#key()]));
    }
    return this.#plain(value);
  }

  #plain(value) {
    switch (typeof value) {
      case "string":
        if (value.length > this.#max - this.#out.length) this.#refuse(this.#subject.limit);
        this.#raw(quotedText(value));
        return true;
      case "number":
        this.#raw(value - value === 0 ? `${value}` : "null");
        return true;
      case "boolean":
        this.#raw(value ? "true" : "false");
        return true;
      case "bigint":
        this.#raw(`${value}`);
        return true;
      case "object":
        if (value === null) {
          this.#raw("null");
          return true;
        }
        return this.#object(value);
      default:
        return false;
    }
  }

  #object(value) {
    const prototype = isArray(value) ? undefined : getPrototypeOf(value);
    const special = prototype !== undefined && prototype !== ObjectPrototype;
    if (special) {
      if (outer.isBoxed(value)) return this.#plain(unboxed(value));
      if (isRawJSON(value)) {
        this.#raw(value.rawJSON);
        return true;
      }
      if (outer.isPromise(value)) throw new OwnTypeError(`${this.#subject.words} holds a promise${this.#place()}; await it first`);
    }
    for (let link = this.#above; link !== undefined; link = link.above) {
      if (link.value === value) throw new OwnTypeError(`${this.#subject.words} is cyclic${this.#place()}`);
    }
    if (this.#levels >= this.#depth) this.#refuse(DEPTH);
    this.#above = { value, above: this.#above };
    this.#levels++;
    if (prototype === undefined) this.#array(value, value.length);
    else if (special && isView(value) && tagOfView(value) !== undefined) this.#array(value, lengthOfArray(value));
    else if (special && outer.isMap(value)) this.#map(value);
    else if (special && outer.isSet(value)) {
      const list = [];
      setEach(value, (item) => append(list, item));
      this.#array(list, list.length);
    } else this.#fields(value, special && outer.isError(value));
    this.#above = this.#above.above;
    this.#levels--;
    return true;
  }

  #array(list, length) {
    this.#raw("[");
    for (let index = 0; index < length; index++) {
      if (index > 0) this.#raw(",");
      this.#element(index, list[index]);
    }
    this.#raw("]");
  }

  #element(step, value) {
    this.#path = { step, before: this.#path };
    if (!this.#value(value)) this.#raw("null");
    this.#path = this.#path.before;
  }

  #fields(object, isError) {
    this.#raw("{");
    let first = true;
    const field = (name, value) => {
      const before = this.#out;
      this.#raw(`${first ? "" : ","}${quotedText(name)}:`);
      this.#path = { step: name, before: this.#path };
      if (this.#value(value)) first = false;
      else this.#out = before;
      this.#path = this.#path.before;
    };
    if (isError) {
      field("name", object.name);
      field("message", object.message);
    }
    const names = enumerableKeys(object);
    for (let index = 0; index < names.length; index++) field(names[index], object[names[index]]);
    const beside = this.#subject === VALUE ? blocksBeside(object) : undefined;
    if (isArray(beside)) field(nameBeside(object), beside);
    this.#raw("}");
  }

  // An object where all keys are strings, else pairs.
  #map(map) {
    const entries = [];
    let asObject = true;
    mapEach(map, (value, key) => {
      asObject = asObject && typeof key === "string";
      append(entries, [key, value]);
    });
    this.#raw(asObject ? "{" : "[");
    for (let index = 0; index < entries.length; index++) {
      const key = entries[index][0];
      this.#raw(`${index > 0 ? "," : ""}${asObject ? `${quotedText(key)}:` : "["}`);
      if (!asObject) {
        this.#element(2 * index, key);
        this.#raw(",");
      }
      this.#element(2 * index + 1, entries[index][1]);
      if (!asObject) this.#raw("]");
    }
    this.#raw(asObject ? "}" : "]");
  }

  #raw(text) {
    this.#out += text;
    if (this.#out.length > this.#max) this.#refuse(this.#subject.limit);
  }

  #refuse(limit) {
    if (this.#subject === DETAIL) throw new OwnTypeError("too large");
    if (this.#subject === ARGUMENTS) throw limitError(limit);
    exceed(limit);
  }

  #key() {
    return this.#path === undefined ? "" : `${this.#path.step}`;
  }

  // ` at .a[0]`, or nothing at the top.
  #place() {
    const steps = [];
    for (let link = this.#path; link !== undefined; link = link.before) append(steps, link.step);
    let place = "";
    for (let index = steps.length - 1; index >= 0 && index >= steps.length - 20; index--) {
      place += typeof steps[index] === "number" ? `[${steps[index]}]` : `.${shortened(steps[index])}`;
    }
    return place === "" ? "" : ` at ${place}`;
  }
}

const encode = (value, subject) => new Encoder(subject).encode(value);
