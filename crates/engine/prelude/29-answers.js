// What a tool answered, beside its value: the content blocks it came in, and lists that have one item.

const blockTypes = { __proto__: null, text: true, image: true, audio: true, resource: true, resource_link: true };

const contentOf = (() => {
  const get = uncurry(WeakMap.prototype.get);
  const set = uncurry(WeakMap.prototype.set);
  const slice = uncurry(String.prototype.slice);
  const { map, filter, forEach } = Array.prototype;
  const { iterator } = Symbol;
  const { stringify } = JSON;
  const { setPrototypeOf } = Reflect;
  // A text beside a value is shown in full up to so many characters: a returned value is for a model to read.
  const SHOWN_CHARS = 4_000;

  // The blocks each value came in, as JSON: read when somebody asks.
  const contents = new WeakMap();
  const beside = Symbol("content blocks beside the value");

  // Older servers send a list as one block for each item, so that of one item as the item itself. An object that may be
  // one can be gone through like a list; what it has itself comes first, and none of this shows.
  const items = { __proto__: Object.prototype };
  const define = (name, get, set) => defineProperty(items, name, { __proto__: null, get, set, enumerable: false, configurable: true });
  const own = (name) =>
    function (value) {
      defineProperty(this, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
    };
  define("length", () => 1, own("length"));
  define("0", function () { return this; }, own("0"));
  hide(items, "map", { map(...rest) { return apply(map, [this], rest); } }.map);
  hide(items, "filter", { filter(...rest) { return apply(filter, [this], rest); } }.filter);
  hide(items, "forEach", { forEach(...rest) { return apply(forEach, [this], rest); } }.forEach);
  hide(items, iterator, { *values() { yield this; } }.values);

  const shown = (block) => {
    const { text } = block;
    if (typeof text !== "string" || text.length <= SHOWN_CHARS) return block;
    return { ...block, text: `${slice(text, 0, SHOWN_CHARS)}… (${text.length} characters; contentOf(result) has all)` };
  };

  native.hooks({
    beside,
    answer: (value, blocks, places, isOnlyItem) => {
      if (typeof value !== "object" || value === null) return value;
      if (isOnlyItem) setPrototypeOf(value, items);
      if (blocks !== "") set(contents, value, blocks);
      if (places.length > 0) {
        const all = native.parse(blocks);
        hide(value, beside, apply(map, places, [(place) => shown(all[place])]));
      }
      return value;
    },
  });

  return (result) => {
    if (result === null || result === undefined) return [];
    if (typeof result !== "object") return [{ type: "text", text: typeof result === "string" ? result : stringify(result) }];
    if (native.inspect(result).type === "promise") throw new TypeError("contentOf takes what a call returned, not its promise: await the call first");
    const blocks = get(contents, result);
    if (blocks !== undefined) return native.parse(blocks);
    return blockTypes[result.type] === true ? [result] : [{ type: "text", text: stringify(result) }];
  };
})();
expose("contentOf", contentOf);
