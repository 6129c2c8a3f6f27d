// One run: its beginning, its slices, its end. The process is used for no other.

const MAIN = "/main.js";

// Rejections nobody has handled, oldest first; and as many as are remembered.
const unhandled = new OwnMap();
const REMEMBERED_MAX = 100;
const UNCAUGHT_LINES_MAX = 10;

// How the run ended, once it has.
let ended;

const RETURNED = 0;
const UNDEFINED = 1;
const THREW = 2;
const DEADLOCKED = 4;
const EXCEEDED = 5;

const end = (kind, parts) => {
  if (ended !== undefined) return;
  ended = kind;
  say(KIND.end, [kind], parts);
  flush();
};

const threw = (reason) => {
  const limit = exceededBy(reason);
  if (limit !== undefined) return end(EXCEEDED, [byte(limit), utf8(describe(reason)[2])]);
  const parts = [];
  const texts = describe(reason);
  for (let index = 0; index < 4; index++) {
    const bytes = utf8(texts[index]);
    const length = new Bytes(4);
    putUint32(new View(bufferOf(length)), 0, lengthOfArray(bytes), true);
    append(parts, length);
    append(parts, bytes);
  }
  end(THREW, parts);
};

const returned = (value) => {
  let json;
  try {
    json = encode(value, VALUE);
  } catch (reason) {
    return threw(reason);
  }
  if (json === undefined) end(UNDEFINED);
  else end(RETURNED, [json]);
};

const start = (reader) => {
  const low = reader.number();
  seed(low, reader.number());
  nowMs = startedMs = reader.float();
  limits.value = reader.number();
  limits.argument = reader.number();
  limits.depth = reader.number();
  limits.outstanding = reader.number();
  limits.outstandingBytes = reader.number();
  words[ARGUMENTS.limit] = { key: reader.text(), sentence: reader.text() };
  words[DEPTH] = { key: reader.text(), sentence: reader.text() };
  readModules(reader);
  const main = async () => {
    const { default: value } = (await loaded(MAIN)).namespace;
    // Awaited here: returned as it is, a promise would be followed through a `then` that a script can replace.
    if (typeof value !== "function") return value;
    return startsWith(textOfFunction(value), "class ") ? undefined : await value();
  };
  then(main(), returned, threw);
};

const waitsForEver = () => {
  let first;
  mapEach(unhandled, (reason) => (first ??= { reason }));
  if (first === undefined) end(DEADLOCKED);
  else threw(first.reason);
};

const printUncaught = () => {
  let lines = 0;
  mapEach(unhandled, (reason) => {
    if (lines++ >= UNCAUGHT_LINES_MAX) return;
    const texts = describe(reason);
    say(KIND.print, [2], [utf8(`Uncaught (in promise) ${texts[0]}: ${texts[1]}`)]);
  });
};

const takeOne = () => {
  const frame = hear();
  if (frame === undefined) return outer.exit();
  const reader = new Reader(frame);
  if (frame[0] === 0) start(reader);
  else settle(reader);
  outer.afterJobs(sliceIsOver);
};

const sliceIsOver = () => {
  if (ended === undefined && mapSize(pending) === 0) waitsForEver();
  if (ended !== undefined) {
    if (ended === RETURNED || ended === UNDEFINED) printUncaught();
    say(KIND.over, []);
    return halt();
  }
  say(KIND.idle, []);
  flush();
  takeOne();
};

outer.onRejections(
  (promise, reason) => {
    if (mapSize(unhandled) < REMEMBERED_MAX) mapSet(unhandled, promise, reason);
  },
  (promise) => void mapDelete(unhandled, promise),
);
prelude(native);
outer.afterJobs(() => {
  say(KIND.ready, [], [utf8(outer.version)]);
  flush();
  takeOne();
});
