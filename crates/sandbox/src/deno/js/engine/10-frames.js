// Frames to and from the supervisor. What a slice says is written when it is over; printed lines go at once, so that
// none is lost when the script is stopped for what it does next.

const KIND = { __proto__: null, ready: 0, call: 1, print: 2, end: 3, idle: 4, over: 5 };
// More than this is not kept back.
const KEPT_BYTES = 64 * 1024;

let kept = new Bytes(KEPT_BYTES);
let keptBytes = 0;

const flush = () => {
  if (keptBytes > 0) outer.write(subarray(kept, 0, keptBytes));
  keptBytes = 0;
};

// One frame of numbers (32 bits each) and bytes.
const say = (kind, numbers, parts = []) => {
  let length = 1 + numbers.length * 4;
  for (let index = 0; index < parts.length; index++) length += lengthOfArray(parts[index]);
  if (keptBytes + 4 + length > KEPT_BYTES) flush();
  const large = 4 + length > KEPT_BYTES;
  const frame = large ? new Bytes(4 + length) : kept;
  let at = large ? 0 : keptBytes;
  const view = new View(bufferOf(frame));
  putUint32(view, at, length, true);
  frame[at + 4] = kind;
  at += 5;
  for (let index = 0; index < numbers.length; index++, at += 4) putUint32(view, at, numbers[index], true);
  for (let index = 0; index < parts.length; index++) {
    setBytes(frame, parts[index], at);
    at += lengthOfArray(parts[index]);
  }
  if (large) outer.write(frame);
  else keptBytes = at;
};

const nothing = new Bytes(0);
const utf8 = (text) => outer.encode(text);

// Waits for the next frame: its bytes, or nothing when the supervisor is gone.
const hear = () => {
  const header = new Bytes(4);
  if (!outer.read(header)) return undefined;
  const bytes = new Bytes(getUint32(new View(bufferOf(header)), 0, true));
  return outer.read(bytes) ? bytes : undefined;
};

// Stops for ever: what no script can catch. The supervisor ends the process.
const halt = () => {
  flush();
  while (hear() !== undefined);
  outer.exit();
};

// Reads what the supervisor wrote: numbers little-endian, texts behind their length.
class Reader {
  #bytes;
  #view;
  #at = 1;
  constructor(bytes) {
    this.#bytes = bytes;
    this.#view = new View(bufferOf(bytes));
  }
  get isOver() {
    return this.#at >= lengthOfArray(this.#bytes);
  }
  number() {
    this.#at += 4;
    return getUint32(this.#view, this.#at - 4, true);
  }
  float() {
    this.#at += 8;
    return getFloat64(this.#view, this.#at - 8, true);
  }
  text() {
    const length = this.number();
    this.#at += length;
    return outer.decode(subarray(this.#bytes, this.#at - length, this.#at));
  }
  rest() {
    return subarray(this.#bytes, this.#at);
  }
}
