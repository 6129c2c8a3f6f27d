// Errors as the host hears of them: names, messages, stacks of the script alone.

// The most a message or a stack may take on its way out.
const TEXT_MAX = 32 * 1024;

const cut = (text) => (text.length > TEXT_MAX ? `${slice(text, 0, TEXT_MAX)}…` : text);

// Frames of Deno, of the engine and of the prelude are nobody's business.
const foreign = /narrows:|\(?(?:ext|data|node|file):/;

const framesOf = (stack) => {
  let kept = "";
  const lines = split(stack, "\n");
  for (let index = 0; index < lines.length; index++) {
    const frame = exec(/^ {4}at (?:async )?(?:Module\.)?(.*)$/, lines[index]);
    if (frame === null || exec(foreign, frame[1]) !== null) continue;
    const isNative = includes(frame[1], "<anonymous>)");
    if (kept !== "" || !isNative) kept += `    at ${frame[1]}\n`;
  }
  return cut(trimEnd(kept));
};

// The stack of a call, as far as the script's nearest frames: making one costs by the frame.
const CALL_FRAMES = 8;
const errorHere = () => {
  const limit = OwnError.stackTraceLimit;
  OwnError.stackTraceLimit = CALL_FRAMES;
  const error = new OwnError();
  OwnError.stackTraceLimit = limit;
  return error;
};
const textOfStack = (error) => {
  let stack;
  return succeeds(() => (stack = error.stack)) && typeof stack === "string" ? framesOf(stack) : "";
};
const stackHere = () => textOfStack(new OwnError());

// Line and column of the innermost frame of a script; zeros when there is none.
const placeIn = (frames) => {
  const found = exec(/:(\d+):(\d+)\)?(?:\n|$)/, frames);
  return found === null ? { line: 0, column: 0 } : { line: +found[1], column: +found[2] };
};

const textProperty = (object, name) => {
  let value;
  return succeeds(() => (value = object[name])) && typeof value === "string" ? cut(value) : undefined;
};

const jsonOrNothing = (value) => {
  let json;
  return succeeds(() => (json = encode(value, DETAIL))) && json !== undefined ? outer.decode(json) : undefined;
};

// The error's own properties and its cause as a JSON object; those that cannot be encoded are left out.
const propertiesOf = (error) => {
  let json = "";
  const add = (name, value) => {
    const text = jsonOrNothing(value);
    if (text !== undefined && json.length + text.length <= 2 * TEXT_MAX) json += `${json === "" ? "{" : ","}${quotedText(name)}:${text}`;
  };
  const own = ["cause", "errors"];
  const known = { __proto__: null, name: true, message: true, stack: true, cause: true, errors: true };
  for (let index = 0; index < own.length; index++) {
    let value;
    if (succeeds(() => (value = error[own[index]])) && value !== undefined) add(own[index], value);
  }
  let names = [];
  succeeds(() => (names = enumerableKeys(error)));
  for (let index = 0; index < names.length; index++) {
    let value;
    if (!(names[index] in known) && succeeds(() => (value = error[names[index]]))) add(names[index], value);
  }
  return json === "" ? "" : `${json}}`;
};

const textOfThrown = (thrown) => {
  let text;
  if (typeof thrown === "object" && thrown !== null) text = jsonOrNothing(thrown);
  if (text === undefined && typeof thrown !== "symbol") succeeds(() => (text = `${thrown}`));
  return typeof text === "string" ? cut(text) : "a value that cannot be shown";
};

// Anything thrown, in four texts. Getters may run; nothing they do can make this fail.
const describe = (thrown) => {
  if (!outer.isError(thrown)) return ["Error", textOfThrown(thrown), "", ""];
  const name = textProperty(thrown, "name");
  return [name === undefined || name === "" ? "Error" : name, textProperty(thrown, "message") ?? "", textOfStack(thrown), propertiesOf(thrown)];
};
