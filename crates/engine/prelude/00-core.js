// The one global through which generated code reaches the host: `__narrows`, hidden and frozen.

const narrows = {
  __proto__: null,
  // The function behind a tool's module: `export const getDocument = __narrows.tool("servers/…/getDocument")`.
  tool: (path) => (input) => native.call(path, input),
  // A dynamic import, from the generated code.
  import: async (specifier, from = "/main.js") =>
    native.import(native.has(specifier, from) ?? (await native.call("module", { specifier, from }))),
};
Object.defineProperty(globalThis, "__narrows", { value: Object.freeze(narrows) });

// The smallest console: one line of text. Whatever formats values better replaces it.
{
  const line = (level) => (...values) => {
    let text = "";
    for (let index = 0; index < values.length; index++) text += (index ? " " : "") + String(values[index]);
    native.print(level, text);
  };
  const log = line(0);
  globalThis.console = { log, info: log, debug: log, warn: line(1), error: line(2) };
}
