// From JSON to JavaScript values: as `JSON.parse`, but an integer that a double would round becomes a `bigint`.

// As many digits as the other engine takes.
const integer = /^-?\d{1,4300}$/;
// What may be such an integer. Looked for first: asking about every value is slow.
const large = /(?<![\d.])\d{16,}(?![\d.eE])/;

const exact = (_, value, context) =>
  typeof value === "number" && !isSafeInteger(value) && exec(integer, context.source) !== null ? OwnBigInt(context.source) : value;

const decode = (json) => (exec(large, json) === null ? parse(json) : parse(json, exact));
