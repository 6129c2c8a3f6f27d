// The clock and the random numbers of a run: both come from the host.

let nowMs = 0;
let startedMs = 0;
const state = [1, 2, 3, 4];

const seed = (low, high) => {
  let mixed = low ^ imul(high, 0x9e3779b9);
  for (let index = 0; index < 4; index++) {
    mixed = (mixed + 0x9e3779b9) | 0;
    let word = imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    word = imul(word ^ (word >>> 13), 0xc2b2ae35);
    state[index] = (word ^ (word >>> 16) ^ (index % 2 === 0 ? low : high)) | 0;
  }
};

const rotated = (word, count) => (word << count) | (word >>> (32 - count));

// The next 32 random bits (xoshiro128**).
const randomBits = () => {
  const result = imul(rotated(imul(state[1], 5), 7), 9) >>> 0;
  const shifted = state[1] << 9;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= shifted;
  state[3] = rotated(state[3], 11);
  return result;
};

const random = () => ((randomBits() >>> 5) * 67108864 + (randomBits() >>> 6)) / 9007199254740992;

// `Date` with the run's clock: the one that came with the answer that began this slice.
const RunDate = function Date(...parts) {
  if (new.target === undefined) return dateText(new OwnDate(nowMs));
  return construct(OwnDate, parts.length === 0 ? [nowMs] : parts, new.target);
};
defineProperty(RunDate, "length", { __proto__: null, value: 7, configurable: true });
defineProperty(RunDate, "prototype", { __proto__: null, value: OwnDate.prototype });
hidden(RunDate, "now", { now: () => floor(nowMs) }.now);
hidden(RunDate, "parse", OwnDate.parse);
hidden(RunDate, "UTC", OwnDate.UTC);
hidden(OwnDate.prototype, "constructor", RunDate);
hidden(globalThis, "Date", RunDate);
hidden(Math, "random", { random: () => random() }.random);
