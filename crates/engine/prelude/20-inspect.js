// Values as text for people, much as Node's console shows them. Runs no getter, survives cycles and proxies, and is
// bounded in depth and size: what it prints is read by a model that pays for every word.

const inspectLimits = {
  __proto__: null,
  // Deeper than Node's 2: a model cannot click on `[Object]`.
  depth: 5,
  // Elements of a list, entries of a map, keys of an object.
  entries: 100,
  // Characters of one string inside a value.
  string: 10_000,
  // Characters of a whole value.
  total: 60_000,
  // Longer lines are broken.
  width: 76,
};

const inspecting = {
  __proto__: null,
  mapEach: uncurry(Map.prototype.forEach),
  setEach: uncurry(Set.prototype.forEach),
  mapSize: uncurry(descriptorOf(Map.prototype, "size").get),
  setSize: uncurry(descriptorOf(Set.prototype, "size").get),
  dateTime: uncurry(Date.prototype.getTime),
  dateText: uncurry(Date.prototype.toISOString),
  regexText: uncurry(RegExp.prototype.toString),
  functionText: uncurry(Function.prototype.toString),
  symbolText: uncurry(Symbol.prototype.toString),
  numberOf: uncurry(Number.prototype.valueOf),
  stringOf: uncurry(String.prototype.valueOf),
  booleanOf: uncurry(Boolean.prototype.valueOf),
  weakMapHas: uncurry(WeakMap.prototype.has),
  weakSetHas: uncurry(WeakSet.prototype.has),
};

const succeeds = (work) => {
  try {
    work();
    return true;
  } catch {
    return false;
  }
};

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

const quoted = (text) => {
  const shown = text.length > inspectLimits.string ? text.slice(0, inspectLimits.string) : text;
  const quote = !shown.includes("'") ? "'" : !shown.includes('"') ? '"' : !shown.includes("`") ? "`" : "'";
  let out = quote;
  for (let index = 0; index < shown.length; index++) {
    const character = shown[index];
    const code = shown.charCodeAt(index);
    if (character === quote || character === "\\") out += `\\${character}`;
    else if (code === 10) out += "\\n";
    else if (code === 13) out += "\\r";
    else if (code === 9) out += "\\t";
    else if (code < 32 || code === 127) out += `\\x${code.toString(16).padStart(2, "0").toUpperCase()}`;
    else out += character;
  }
  const left = text.length - shown.length;
  return left > 0 ? `${out}${quote}... ${left} more characters` : out + quote;
};

// A property without running anything: its value, or what stands for it.
const propertyOf = (object, key) => {
  const found = descriptorOf(object, key);
  if (found === undefined) return { missing: true };
  if ("value" in found) return { value: found.value, enumerable: found.enumerable };
  const text = found.get ? (found.set ? "[Getter/Setter]" : "[Getter]") : "[Setter]";
  return { text, enumerable: found.enumerable };
};

// The name of what made an object, found without running anything; null for objects without a prototype.
const makerOf = (object) => {
  for (let link = object, steps = 0; link !== null && steps < 20; steps++) {
    const found = propertyOf(link, "constructor");
    if (typeof found.value === "function" && found.value.prototype !== undefined) {
      const name = propertyOf(found.value, "name").value;
      if (typeof name === "string" && name !== "") return name;
    }
    if (native.inspect(link).type === "proxy") return "Object";
    link = prototypeOf(link);
  }
  return null;
};

// An error's name and message as it has them, without running anything.
const errorField = (error, field) => {
  for (let link = error, steps = 0; link !== null && steps < 20; steps++) {
    const found = propertyOf(link, field);
    if (typeof found.value === "string") return found.value;
    if (found.text !== undefined && link !== error && field === "name") return makerOf(error) ?? "Error";
    link = prototypeOf(link);
  }
  return field === "name" ? "Error" : "";
};

const errorTitle = (error) => {
  const name = errorField(error, "name");
  const message = errorField(error, "message");
  return message === "" ? name : `${name}: ${message}`;
};

class Inspector {
  constructor(depth) {
    this.depth = depth;
    this.seen = [];
    this.circular = [];
    this.spent = 0;
  }

  show(value, level) {
    const text = this.one(value, level);
    this.spent += text.length;
    return text;
  }

  one(value, level) {
    switch (typeof value) {
      case "string":
        return quoted(value);
      case "number":
        return value === 0 && 1 / value < 0 ? "-0" : `${value}`;
      case "bigint":
        return `${value}n`;
      case "symbol":
        return inspecting.symbolText(value);
      case "function":
      case "object":
        return value === null ? "null" : this.object(value, level);
      default:
        return `${value}`;
    }
  }

  object(value, level) {
    const inner = native.inspect(value);
    if (inner.type === "proxy") return inner.target === null ? "<Revoked Proxy>" : this.one(inner.target, level);
    const place = this.seen.indexOf(value);
    if (place >= 0) {
      let number = this.circular.indexOf(value);
      if (number < 0) number = this.circular.push(value) - 1;
      return `[Circular *${number + 1}]`;
    }
    if (this.spent > inspectLimits.total) return "...";
    this.seen.push(value);
    const text = this.composite(value, inner, level);
    this.seen.pop();
    const number = this.circular.indexOf(value);
    return number < 0 ? text : `<ref *${number + 1}> ${text}`;
  }

  composite(value, inner, level) {
    const maker = makerOf(value);
    if (isArray(value)) {
      const prefix = maker === "Array" ? "" : `${maker ?? "[Array: null prototype]"}(${value.length}) `;
      return this.body(prefix, "[", "]", level, "Array", () => this.elements(value, value.length, level));
    }
    if (typeof value === "function") return this.callable(value, maker, level);
    if (inner.type === "promise") {
      const state = inner.state === "pending" ? ["<pending>"] : [`${inner.state === "rejected" ? "<rejected> " : ""}${this.show(inner.value, level + 1)}`];
      return this.body("Promise ", "{", "}", level, "Promise", () => [...state, ...this.fields(value, level)]);
    }
    const { mapSize, setSize, mapEach, setEach, dateTime, dateText, regexText } = inspecting;
    if (succeeds(() => mapSize(value))) {
      const entries = () => {
        const list = [];
        let left = 0;
        mapEach(value, (item, key) => {
          if (list.length < inspectLimits.entries) list.push(`${this.show(key, level + 1)} => ${this.show(item, level + 1)}`);
          else left++;
        });
        return [...list, ...this.more(left), ...this.fields(value, level)];
      };
      return this.body(`${maker ?? "Map"}(${mapSize(value)}) `, "{", "}", level, "Map", entries);
    }
    if (succeeds(() => setSize(value))) {
      const entries = () => {
        const list = [];
        let left = 0;
        setEach(value, (item) => {
          if (list.length < inspectLimits.entries) list.push(this.show(item, level + 1));
          else left++;
        });
        return [...list, ...this.more(left), ...this.fields(value, level)];
      };
      return this.body(`${maker ?? "Set"}(${setSize(value)}) `, "{", "}", level, "Set", entries);
    }
    if (isView(value) && tagOfView(value) !== undefined) {
      return this.body(`${maker ?? tagOfView(value)}(${value.length}) `, "[", "]", level, maker ?? "", () => this.elements(value, value.length, level));
    }
    if (isBuffer(value)) {
      const bytes = new Uint8Array(value);
      return this.body(`${maker ?? "ArrayBuffer"}(${bytes.length}) `, "[", "]", level, "ArrayBuffer", () => this.elements(bytes, bytes.length, level));
    }
    let title;
    if (succeeds(() => dateTime(value))) title = Number.isNaN(dateTime(value)) ? "Invalid Date" : dateText(value);
    else if (value instanceof RegExp) title = succeeds(() => regexText(value)) ? regexText(value) : "[RegExp]";
    else if (value instanceof Error) title = this.error(value, level);
    else if (succeeds(() => inspecting.numberOf(value))) title = `[Number: ${this.one(inspecting.numberOf(value), level)}]`;
    else if (succeeds(() => inspecting.stringOf(value))) title = `[String: ${quoted(inspecting.stringOf(value))}]`;
    else if (succeeds(() => inspecting.booleanOf(value))) title = `[Boolean: ${inspecting.booleanOf(value)}]`;
    else if (succeeds(() => inspecting.weakMapHas(value, value))) return "WeakMap { <items unknown> }";
    else if (succeeds(() => inspecting.weakSetHas(value, value))) return "WeakSet { <items unknown> }";
    else if (value instanceof URL) title = `URL { ${quoted(value.href)} }`;
    else if (value instanceof URLSearchParams) title = `URLSearchParams { ${quoted(`${value}`)} }`;
    if (title !== undefined) {
      const fields = this.fields(value, level, /^\d+$/);
      return fields.length === 0 ? title : this.body(`${title} `, "{", "}", level, title, () => fields);
    }
    const tag = this.tag(value, maker);
    const prefix = maker === null ? `[Object: null prototype] ${tag}` : maker === "Object" && tag === "" ? "" : `${maker} ${tag}`;
    return this.body(prefix, "{", "}", level, maker ?? "Object", () => this.fields(value, level));
  }

  // `[tag] ` where the object's Symbol.toStringTag says something else than its maker.
  tag(value, maker) {
    for (let link = value, steps = 0; link !== null && steps < 20; steps++) {
      const found = propertyOf(link, Symbol.toStringTag).value;
      if (typeof found === "string") return found === "" || found === maker ? "" : `[${found}] `;
      link = prototypeOf(link);
    }
    return "";
  }

  callable(value, maker, level) {
    const name = propertyOf(value, "name").value;
    const text = inspecting.functionText(value);
    let title;
    if (text.startsWith("class")) {
      title = `[class ${typeof name === "string" && name !== "" ? name : "(anonymous)"}]`;
    } else {
      title = `[${maker ?? "Function"}${typeof name === "string" && name !== "" ? `: ${name}` : " (anonymous)"}]`;
    }
    const fields = this.fields(value, level);
    return fields.length === 0 ? title : this.body(`${title} `, "{", "}", level, title, () => fields);
  }

  // Its name and message; its stack would name lines of the generated code, which is not what the model wrote.
  error(value, level) {
    const title = errorTitle(value);
    const cause = propertyOf(value, "cause");
    const causes = "value" in cause && !cause.enumerable ? [`[cause]: ${this.show(cause.value, level + 1)}`] : [];
    const errors = propertyOf(value, "errors");
    if (isArray(errors.value) && !errors.enumerable) causes.push(`[errors]: ${this.show(errors.value, level + 1)}`);
    const shown = level > 0 ? `[${title}]` : title;
    return causes.length === 0 ? shown : this.body(`${shown} `, "{", "}", level, title, () => causes);
  }

  elements(list, length, level) {
    const out = [];
    const shown = min(length, inspectLimits.entries);
    let holes = 0;
    const flush = () => {
      if (holes > 0) out.push(`<${holes} empty item${holes > 1 ? "s" : ""}>`);
      holes = 0;
    };
    for (let index = 0; index < shown; index++) {
      const found = propertyOf(list, index);
      if (found.missing) {
        holes++;
        continue;
      }
      flush();
      out.push(found.text ?? this.show(found.value, level + 1));
      if (this.spent > inspectLimits.total) return [...out, ...this.more(length - index - 1)];
    }
    flush();
    const extra = isArray(list) ? this.fields(list, level, /^\d+$/) : [];
    return [...out, ...this.more(length - shown), ...extra];
  }

  fields(value, level, except) {
    const out = [];
    const names = ownKeys(value);
    let left = 0;
    for (let index = 0; index < names.length; index++) {
      const key = names[index];
      if (typeof key === "string" && except !== undefined && except.test(key)) continue;
      const found = propertyOf(value, key);
      if (!found.enumerable) continue;
      if (out.length >= inspectLimits.entries || this.spent > inspectLimits.total) {
        left++;
        continue;
      }
      const name = typeof key === "symbol" ? `[${inspecting.symbolText(key)}]` : identifier.test(key) ? key : quoted(key);
      out.push(`${name}: ${found.text ?? this.show(found.value, level + 1)}`);
    }
    return [...out, ...this.more(left)];
  }

  more(count) {
    return count > 0 ? [`... ${count} more item${count > 1 ? "s" : ""}`] : [];
  }

  // Entries between brackets: on one line where they fit, filled lines for lists of short things, else one a line.
  body(prefix, open, close, level, name, entries) {
    if (level > this.depth) return `[${name}]`;
    const list = entries();
    if (list.length === 0) return `${prefix}${open}${close}`;
    const oneLine = `${prefix}${open} ${list.join(", ")} ${close}`;
    if (oneLine.length + level * 2 <= inspectLimits.width && !oneLine.includes("\n")) return oneLine;
    const indent = "  ".repeat(level + 1);
    const short = open === "[" && list.length > 6 && list.every((entry) => entry.length <= 20 && !entry.includes("\n"));
    const lines = short ? this.filled(list, inspectLimits.width - indent.length) : list;
    return `${prefix}${open}\n${indent}${lines.join(`,\n${indent}`)}\n${"  ".repeat(level)}${close}`;
  }

  filled(list, width) {
    const lines = [];
    let line = "";
    for (let index = 0; index < list.length; index++) {
      if (line !== "" && line.length + list[index].length + 2 > width) {
        lines.push(line);
        line = "";
      }
      line += line === "" ? list[index] : `, ${list[index]}`;
    }
    return [...lines, line];
  }
}

// A value as text; a string inside a value is quoted.
const inspect = (value, depth = inspectLimits.depth) => {
  try {
    return new Inspector(depth).show(value, 0);
  } catch (error) {
    return `[a value that cannot be shown: ${error instanceof Error ? errorTitle(error) : typeof error}]`;
  }
};
