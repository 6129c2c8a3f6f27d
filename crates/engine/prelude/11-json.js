// JSON in which integers keep every digit: what a double would round is read as a `bigint`, and a `bigint` is written
// as the integer it is.

{
  const { parse, stringify, rawJSON } = JSON;
  const { isSafeInteger } = Number;
  const toText = uncurry(BigInt.prototype.toString);
  const matches = uncurry(RegExp.prototype.test);
  const Integer = BigInt;
  // As many digits as the engine's own decoder takes.
  const integer = /^-?\d{1,4300}$/;
  const written = (value) => rawJSON(toText(value));
  const exact = (value, source) =>
    typeof value === "number" && !isSafeInteger(value) && matches(integer, source) ? Integer(source) : value;

  hide(BigInt.prototype, "toJSON", { toJSON() { return written(this); } }.toJSON);
  hide(JSON, "parse", {
    parse(text, reviver) {
      if (typeof reviver !== "function") return native.parse(`${text}`);
      return parse(text, function (key, value, context) {
        return apply(reviver, this, [key, exact(value, context.source), context]);
      });
    },
  }.parse);
  hide(JSON, "stringify", {
    stringify(value, replacer, space) {
      if (typeof replacer !== "function") return stringify(value, replacer, space);
      return stringify(
        value,
        function (key, given) {
          // What the replacer is to see is the number itself, and not how it will be written.
          const own = this[key];
          const replaced = apply(replacer, this, [key, typeof own === "bigint" ? own : given]);
          return typeof replaced === "bigint" ? written(replaced) : replaced;
        },
        space,
      );
    },
  }.stringify);
}
