// The console: what a script says on the way to its value.

{
  const LOG = 0;
  const WARN = 1;
  const ERROR = 2;
  let indent = "";
  const counts = new Map();
  const timers = new Map();

  const plain = (value) => (typeof value === "string" ? value : inspect(value));

  const directive = {
    __proto__: null,
    s: (value) => (typeof value === "object" && value !== null ? inspect(value, 0) : typeof value === "string" ? value : inspect(value)),
    d: (value) => (typeof value === "bigint" ? `${value}n` : typeof value === "symbol" || typeof value === "object" ? "NaN" : `${Number(value)}`),
    i: (value) => (typeof value === "symbol" || typeof value === "object" ? "NaN" : `${parseInt(value, 10)}`),
    f: (value) => (typeof value === "symbol" ? "NaN" : `${parseFloat(value)}`),
    j: (value) => {
      try {
        return JSON.stringify(value);
      } catch {
        return "[Circular]";
      }
    },
    o: (value) => inspect(value),
    O: (value) => inspect(value),
    c: () => "",
  };

  // `%s` and the like in a first argument, then everything left, separated by spaces.
  const format = (parts) => {
    let at = 0;
    let text = "";
    if (typeof parts[0] === "string" && parts.length > 1 && parts[0].includes("%")) {
      at = 1;
      text = parts[0].replace(/%([sdifjoOc%])/g, (all, letter) => {
        if (letter === "%") return "%";
        return at < parts.length ? directive[letter](parts[at++]) : all;
      });
    } else if (parts.length > 0) {
      text = plain(parts[at++]);
    }
    for (; at < parts.length; at++) text += ` ${plain(parts[at])}`;
    return text;
  };

  const say = (level, text) => {
    native.print(level, indent === "" ? text : indent + text.replaceAll("\n", `\n${indent}`));
  };
  const line = (level) => (...parts) => say(level, format(parts));

  const table = (data, columns) => {
    if (typeof data !== "object" || data === null) return say(LOG, plain(data));
    const rows = [];
    const titles = [];
    let values = false;
    const cell = (value) => (typeof value === "object" && value !== null ? inspect(value, 0) : inspect(value));
    const add = (name, row) => {
      const cells = new Map();
      if (typeof row === "object" && row !== null) {
        for (const key of columns ?? enumerableKeys(row)) {
          if (!titles.includes(key)) titles.push(key);
          if (hasOwn(row, key)) cells.set(key, cell(row[key]));
        }
        rows.push({ name, cells });
      } else {
        values = true;
        rows.push({ name, cells, value: cell(row) });
      }
    };
    if (data instanceof Map) for (const [key, value] of data) add(plain(key), value);
    else if (data instanceof Set) [...data].forEach((value, index) => add(`${index}`, value));
    else for (const key of enumerableKeys(data).slice(0, 1000)) add(key, data[key]);
    const head = ["(index)", ...titles, ...(values ? ["Values"] : [])];
    const lines = rows.map(({ name, cells, value }) => [name, ...titles.map((title) => cells.get(title) ?? ""), ...(values ? [value ?? ""] : [])]);
    const widths = head.map((title, column) => max(title.length, ...lines.map((row) => row[column].length)));
    const draw = (row) => `│ ${row.map((text, column) => text.padEnd(widths[column])).join(" │ ")} │`;
    const rule = (left, middle, right) => left + widths.map((width) => "─".repeat(width + 2)).join(middle) + right;
    say(LOG, [rule("┌", "┬", "┐"), draw(head), rule("├", "┼", "┤"), ...lines.map(draw), rule("└", "┴", "┘")].join("\n"));
  };

  const elapsed = (label) => {
    const start = timers.get(label);
    return start === undefined ? undefined : `${label}: ${Math.round((native.now() - start) * 1000) / 1000}ms`;
  };

  const group = (...parts) => {
    if (parts.length > 0) say(LOG, format(parts));
    // Deeper groups would be mostly indentation.
    if (indent.length < 20) indent += "  ";
  };

  const console = {
    log: line(LOG),
    info: line(LOG),
    debug: line(LOG),
    warn: line(WARN),
    error: line(ERROR),
    dir: (value, options) => say(LOG, inspect(value, options?.depth === null ? 20 : options?.depth)),
    trace: (...parts) => say(ERROR, parts.length === 0 ? "Trace" : `Trace: ${format(parts)}`),
    assert: (holds, ...parts) => {
      if (!holds) say(ERROR, parts.length === 0 ? "Assertion failed" : `Assertion failed: ${format(parts)}`);
    },
    table,
    group,
    groupCollapsed: group,
    groupEnd: () => {
      indent = indent.slice(2);
    },
    count: (label = "default") => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      say(LOG, `${label}: ${counts.get(label)}`);
    },
    countReset: (label = "default") => void counts.delete(label),
    time: (label = "default") => void timers.set(label, native.now()),
    timeLog: (label = "default", ...parts) => {
      const text = elapsed(label);
      if (text !== undefined) say(LOG, parts.length === 0 ? text : `${text} ${format(parts)}`);
    },
    timeEnd: (label = "default") => {
      const text = elapsed(label);
      if (text !== undefined) say(LOG, text);
      timers.delete(label);
    },
    clear: () => {},
  };
  defineProperty(console, Symbol.toStringTag, { __proto__: null, value: "console", configurable: true });
  expose("console", console);
}
