// Calls under way, and the functions the prelude is given as `native`: see its README.

const pending = new OwnMap();
let pendingBytes = 0;
// The longest name of a call; the host takes no longer one.
const NAME_BYTES_MAX = 1024;
let lastCall = 0;
let makeError = (fields) => new OwnError(fields.message);
let makeAnswer = (value) => value;

const refused = (reason) => new OwnPromise((_, reject) => reject(reason));

const begin = (name, value) => {
  const path = utf8(name);
  if (lengthOfArray(path) > NAME_BYTES_MAX) return refused(new OwnTypeError(`a path of more than ${NAME_BYTES_MAX} bytes names nothing`));
  let json;
  try {
    json = encode(value, ARGUMENTS) ?? utf8("{}");
  } catch (reason) {
    return refused(reason);
  }
  const bytes = lengthOfArray(json);
  if (mapSize(pending) >= limits.outstanding) {
    return refused(new OwnTypeError(`at most ${limits.outstanding} calls, timers and file operations can wait at once; await some`));
  }
  if (pendingBytes + bytes > limits.outstandingBytes) {
    const most = limits.outstandingBytes >>> 20;
    return refused(new OwnTypeError(`the arguments of all calls that wait at once are over ${most} MB; await some`));
  }
  const error = errorHere();
  const frames = textOfStack(error);
  const { line, column } = placeIn(frames);
  const id = ++lastCall;
  say(KIND.call, [id, line, column, lengthOfArray(path)], [path, json]);
  pendingBytes += bytes;
  return new OwnPromise((resolve, reject) => mapSet(pending, id, { resolve, reject, frames, bytes }));
};

const readModules = (reader) => {
  let first;
  while (!reader.isOver) {
    const name = reader.text();
    defineModule(name, reader.text());
    first ??= name;
  }
  return first;
};

// A value with its content blocks: see `hooks` in the prelude's README.
const readAnswer = (reader) => {
  const isOnlyItem = reader.number() === 1;
  const places = [];
  for (let count = reader.number(); count > 0; count--) append(places, reader.number());
  const value = decode(reader.text());
  return makeAnswer(value, outer.decode(reader.rest()), places, isOnlyItem);
};

// The answer of a settlement, by its kind.
const answers = [
  (reader) => decode(outer.decode(reader.rest())),
  (reader) => outer.decode(reader.rest()),
  (reader) => new Bytes(reader.rest()),
  () => undefined,
  readModules,
  (reader) => decode(outer.decode(reader.rest())),
  readAnswer,
];
const REJECT = 5;

const settle = (reader) => {
  const id = reader.number();
  const kind = reader.number();
  nowMs = reader.float();
  const call = mapGet(pending, id);
  if (call === undefined) return;
  mapDelete(pending, id);
  pendingBytes -= call.bytes;
  try {
    const answer = answers[kind](reader);
    if (kind === REJECT) call.reject(makeError(answer, call.frames));
    else call.resolve(answer);
  } catch (reason) {
    call.reject(reason);
  }
};

const bytesOf = (value) => {
  if (!isView(value)) return new Bytes(value);
  return tagOfView(value) === undefined
    ? new Bytes(viewBuffer(value), viewOffset(value), viewLength(value))
    : new Bytes(bufferOf(value), offsetOf(value), sizeOf(value));
};

const digests = { __proto__: null, "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" };

const native = {
  __proto__: null,
  call: begin,
  hooks: ({ error, answer, beside }) => {
    makeError = error ?? makeError;
    makeAnswer = answer ?? makeAnswer;
    besideName = beside ?? besideName;
  },
  builtin: (names, source) => {
    for (let index = 0; index < names.length; index++) defineModule(names[index], source);
  },
  parse: decode,
  has: resolve,
  import: async (name) => (await loaded(name)).namespace,
  text: (name) => mapGet(sources, name),
  print: (level, text) => {
    say(KIND.print, [level], [utf8(text)]);
    flush();
  },
  now: () => nowMs,
  started: () => startedMs,
  random,
  randomBytes: (length) => {
    if (!(length >= 0 && length <= 65536)) throw new OwnTypeError("at most 65536 random bytes at once");
    const bytes = new Bytes(length);
    for (let index = 0; index < length; index++) bytes[index] = randomBits() >>> 24;
    return bytes;
  },
  encodeUtf8: (text) => new Bytes(utf8(text)),
  decodeUtf8: (bytes, fatal) => {
    const text = fatal === true ? outer.decodeStrictly(bytes) : outer.decode(bytes);
    if (text === undefined) throw new OwnTypeError("the bytes are not UTF-8");
    return text;
  },
  encodeBase64: (bytes) => toBase64(bytesOf(bytes)),
  decodeBase64: (text) => {
    let bytes;
    if (exec(/\s/, text) !== null || !succeeds(() => (bytes = fromBase64(text)))) throw new OwnTypeError("the text is not Base64");
    return bytes;
  },
  digest: (name, bytes) => {
    if (!(name in digests)) throw new OwnTypeError(`there is no digest "${name}"`);
    return new Bytes(outer.digest(digests[name], bytesOf(bytes)));
  },
  inspect: (value) => {
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
    const proxy = isObject ? outer.proxyDetails(value) : null;
    if (proxy !== null) return { type: "proxy", target: proxy[0], handler: proxy[1] };
    if (!isObject || !outer.isPromise(value)) return { type: "other" };
    const details = outer.promiseDetails(value);
    return { type: "promise", state: ["pending", "fulfilled", "rejected"][details[0]], value: details[1] };
  },
  stack: stackHere,
};
