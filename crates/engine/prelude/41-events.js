// Events as far as aborting needs them, and aborting.

class Event {
  #type;
  #cancelable;
  #prevented = false;
  target = null;
  currentTarget = null;
  constructor(type, options) {
    this.#type = `${type}`;
    this.#cancelable = options?.cancelable === true;
  }
  get type() {
    return this.#type;
  }
  get cancelable() {
    return this.#cancelable;
  }
  get defaultPrevented() {
    return this.#prevented;
  }
  preventDefault() {
    if (this.#cancelable) this.#prevented = true;
  }
  stopPropagation() {}
  stopImmediatePropagation() {
    this.stopped = true;
  }
}

class CustomEvent extends Event {
  #detail;
  constructor(type, options) {
    super(type, options);
    this.#detail = options?.detail ?? null;
  }
  get detail() {
    return this.#detail;
  }
}

class EventTarget {
  #listeners = new Map();
  addEventListener(type, listener, options) {
    if (listener === null || listener === undefined) return;
    const list = this.#listeners.get(`${type}`) ?? [];
    if (list.some((one) => one.listener === listener)) return;
    const signal = options?.signal;
    if (signal?.aborted) return;
    this.#listeners.set(`${type}`, [...list, { listener, once: options?.once === true }]);
    signal?.addEventListener("abort", () => this.removeEventListener(type, listener), { once: true });
  }
  removeEventListener(type, listener) {
    const list = this.#listeners.get(`${type}`) ?? [];
    this.#listeners.set(`${type}`, list.filter((one) => one.listener !== listener));
  }
  dispatchEvent(event) {
    event.target = this;
    event.currentTarget = this;
    const handler = this[`on${event.type}`];
    const list = [...(typeof handler === "function" ? [{ listener: handler }] : []), ...(this.#listeners.get(event.type) ?? [])];
    for (const { listener, once } of list) {
      if (once) this.removeEventListener(event.type, listener);
      // One listener's failure does not keep the others from hearing.
      try {
        if (typeof listener === "function") apply(listener, this, [event]);
        else listener.handleEvent(event);
      } catch (error) {
        Promise.reject(error);
      }
      if (event.stopped) break;
    }
    event.currentTarget = null;
    return !event.defaultPrevented;
  }
}

const signalKey = Symbol("signal");

class AbortSignal extends EventTarget {
  #aborted = false;
  #reason;
  onabort = null;
  constructor(key) {
    super();
    if (key !== signalKey) throw new TypeError("use `new AbortController().signal`");
  }
  get aborted() {
    return this.#aborted;
  }
  get reason() {
    return this.#reason;
  }
  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }
  static fire(signal, reason) {
    if (signal.#aborted) return;
    signal.#aborted = true;
    signal.#reason = reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
    signal.dispatchEvent(new Event("abort"));
  }
  static abort(reason) {
    const signal = new AbortSignal(signalKey);
    fireSignal(signal, reason);
    return signal;
  }
  static timeout(ms) {
    const signal = new AbortSignal(signalKey);
    setTimeout(() => fireSignal(signal, new DOMException("The operation was aborted due to timeout", "TimeoutError")), ms);
    return signal;
  }
  static any(signals) {
    const signal = new AbortSignal(signalKey);
    for (const one of signals) {
      if (one.aborted) {
        fireSignal(signal, one.reason);
        break;
      }
      one.addEventListener("abort", () => fireSignal(signal, one.reason), { once: true });
    }
    return signal;
  }
}
const fireSignal = AbortSignal.fire;
delete AbortSignal.fire;

class AbortController {
  #signal = new AbortSignal(signalKey);
  get signal() {
    return this.#signal;
  }
  abort(reason) {
    fireSignal(this.#signal, reason);
  }
}

{
  const types = { Event, CustomEvent, EventTarget, AbortSignal, AbortController };
  for (const name of enumerableKeys(types)) expose(name, brand(types[name], name));
}
