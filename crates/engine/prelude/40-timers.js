// Timers, kept by the host: a script that waits costs nothing.

const timerIds = new Map();
let lastTimer = 0;

const delayOf = (ms) => {
  const number = Number(ms);
  return number > 0 ? min(trunc(number), 0x7fffffff) : 0;
};

// A callback that throws rejects a promise nobody handles, which the engine reports.
const startTimer = (callback, ms, parts, repeats) => {
  if (typeof callback !== "function") throw new TypeError("a timer's callback must be a function");
  const id = ++lastTimer;
  timerIds.set(id, true);
  const arm = () =>
    then(native.call("timer", { ms: delayOf(ms) }), () => {
      if (!timerIds.has(id)) return;
      if (!repeats) timerIds.delete(id);
      try {
        apply(callback, undefined, parts);
      } finally {
        if (repeats && timerIds.has(id)) arm();
      }
    });
  arm();
  return id;
};

const setTimeout = (callback, ms = 0, ...parts) => startTimer(callback, ms, parts, false);
const setInterval = (callback, ms = 0, ...parts) => startTimer(callback, max(1, delayOf(ms)), parts, true);
const setImmediate = (callback, ...parts) => startTimer(callback, 0, parts, false);
const clearTimer = (id) => void timerIds.delete(id);

expose("setTimeout", setTimeout);
expose("setInterval", setInterval);
expose("setImmediate", setImmediate);
expose("clearTimeout", clearTimer);
expose("clearInterval", clearTimer);
expose("clearImmediate", clearTimer);
hide(globalThis.clearTimeout, "name", "clearTimeout");

{
  const settled = Promise.resolve();
  const queueMicrotask = (callback) => {
    if (typeof callback !== "function") throw new TypeError("queueMicrotask takes a function");
    then(settled, () => void callback());
  };
  expose("queueMicrotask", queueMicrotask);

  const performance = {
    now: () => native.now() - native.started(),
    get timeOrigin() {
      return native.started();
    },
    mark: () => {},
    measure: () => {},
    toJSON: () => ({ timeOrigin: native.started() }),
  };
  defineProperty(performance, Symbol.toStringTag, { __proto__: null, value: "Performance", configurable: true });
  expose("performance", performance);
}
