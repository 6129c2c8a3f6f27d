// URL and URLSearchParams, as the WHATWG standard has them for http(s), ws(s), ftp and file; other schemes keep their
// path as it is. Host names beyond ASCII are refused where the standard would encode them (punycode).

const specialPorts = { __proto__: null, "http:": "80", "https:": "443", "ws:": "80", "wss:": "443", "ftp:": "21", "file:": "" };

const percentEncode = (text, keep) => {
  let out = "";
  for (const character of text.toWellFormed()) {
    if (keep.test(character)) {
      out += character;
      continue;
    }
    for (const byte of native.encodeUtf8(character)) out += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
};
// What each part of a URL keeps as it is.
const keptInPath = /[\w!$%&'()*+,\-./:;=@[\]\\^|~]/;
const keptInQuery = /[\w!$%&()*+,\-./:;=?@[\]\\^`{|}~]/;
const keptInFragment = /[\w!#$%&'()*+,\-./:;=?@[\]\\^{|}~]/;
const keptInUser = /[\w!$%&'()*+,\-.~]/;
const keptInOpaque = /[ -~]/;

const percentDecode = (text) => {
  if (!text.includes("%")) return text;
  const bytes = native.encodeUtf8(text);
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at] === 37 ? parseInt(String.fromCharCode(bytes[at + 1], bytes[at + 2]), 16) : NaN;
    const isHex = bytes[at] === 37 && /^[0-9a-f]{2}$/i.test(String.fromCharCode(bytes[at + 1] ?? 0, bytes[at + 2] ?? 0));
    out[length++] = isHex ? code : bytes[at];
    if (isHex) at += 2;
  }
  return native.decodeUtf8(out.subarray(0, length), false);
};

const formDecode = (text) => percentDecode(text.replaceAll("+", " "));
const formEncode = (text) => percentEncode(text, /[\w*\-. ]/).replaceAll(" ", "+");

const parseForm = (text) =>
  text
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const cut = pair.indexOf("=");
      return cut < 0 ? [formDecode(pair), ""] : [formDecode(pair.slice(0, cut)), formDecode(pair.slice(cut + 1))];
    });

class URLSearchParams {
  #pairs = [];
  #changed;
  constructor(init = "") {
    if (typeof init === "object" && init !== null) {
      if (typeof init[Symbol.iterator] === "function") {
        for (const pair of init) {
          const list = [...pair];
          if (list.length !== 2) throw new TypeError("URLSearchParams takes pairs of a name and a value");
          this.#pairs.push([`${list[0]}`, `${list[1]}`]);
        }
      } else {
        for (const name of enumerableKeys(init)) this.#pairs.push([name, `${init[name]}`]);
      }
    } else {
      const text = `${init}`;
      this.#pairs = parseForm(text.startsWith("?") ? text.slice(1) : text);
    }
  }
  static bind(params, text, changed) {
    params.#pairs = parseForm(text);
    params.#changed = changed;
  }
  #change() {
    this.#changed?.(this.toString());
  }
  get size() {
    return this.#pairs.length;
  }
  append(name, value) {
    this.#pairs.push([`${name}`, `${value}`]);
    this.#change();
  }
  delete(name, value) {
    this.#pairs = this.#pairs.filter((pair) => pair[0] !== `${name}` || (value !== undefined && pair[1] !== `${value}`));
    this.#change();
  }
  get(name) {
    return this.#pairs.find((pair) => pair[0] === `${name}`)?.[1] ?? null;
  }
  getAll(name) {
    return this.#pairs.filter((pair) => pair[0] === `${name}`).map((pair) => pair[1]);
  }
  has(name, value) {
    return this.#pairs.some((pair) => pair[0] === `${name}` && (value === undefined || pair[1] === `${value}`));
  }
  set(name, value) {
    const first = this.#pairs.find((pair) => pair[0] === `${name}`);
    if (first === undefined) return this.append(name, value);
    first[1] = `${value}`;
    this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== `${name}`);
    this.#change();
  }
  sort() {
    this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#change();
  }
  forEach(callback, self) {
    for (const [name, value] of this.#pairs) apply(callback, self, [value, name, this]);
  }
  *entries() {
    for (const pair of this.#pairs) yield [pair[0], pair[1]];
  }
  *keys() {
    for (const pair of this.#pairs) yield pair[0];
  }
  *values() {
    for (const pair of this.#pairs) yield pair[1];
  }
  toString() {
    return this.#pairs.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join("&");
  }
}
hide(URLSearchParams.prototype, Symbol.iterator, URLSearchParams.prototype.entries);
const bindParams = URLSearchParams.bind;
delete URLSearchParams.bind;

const invalidUrl = (input, why) => {
  const error = new TypeError(`Invalid URL: ${input}${why === undefined ? "" : ` (${why})`}`);
  error.code = "ERR_INVALID_URL";
  error.input = input;
  return error;
};

// `1.2.3.4`, also as the standard allows it to be written; undefined for names.
const parseIpv4 = (host, fail) => {
  const parts = host.split(".");
  if (parts.at(-1) === "" && parts.length > 1) parts.pop();
  const last = parts.at(-1);
  if (!/^(?:\d+|0x[0-9a-f]*)$/i.test(last)) return undefined;
  if (parts.length > 4) throw fail("an IPv4 address has four parts");
  const numbers = parts.map((part) => {
    if (/^0x[0-9a-f]*$/i.test(part)) return part.length === 2 ? 0 : parseInt(part, 16);
    if (/^0[0-7]+$/.test(part)) return parseInt(part, 8);
    return /^(?:0|[1-9]\d*)$/.test(part) ? Number(part) : NaN;
  });
  const end = numbers.pop();
  if (numbers.some((number) => !(number <= 255)) || !(end < 256 ** (4 - numbers.length))) throw fail("an IPv4 address out of range");
  let address = end;
  numbers.forEach((number, index) => (address += number * 256 ** (3 - index)));
  return [24, 16, 8, 0].map((shift) => floor(address / 2 ** shift) % 256).join(".");
};

const parseIpv6 = (text, fail) => {
  const halves = text.split("::");
  if (halves.length > 2) throw fail("an IPv6 address");
  const pieces = (half) =>
    half === ""
      ? []
      : half.split(":").flatMap((piece, index, all) => {
          if (index === all.length - 1 && piece.includes(".")) {
            const bytes = piece.split(".").map((part) => (/^(?:0|[1-9]\d{0,2})$/.test(part) ? Number(part) : NaN));
            if (bytes.length !== 4 || bytes.some((byte) => !(byte <= 255))) throw fail("an IPv6 address");
            return [bytes[0] * 256 + bytes[1], bytes[2] * 256 + bytes[3]];
          }
          if (!/^[0-9a-f]{1,4}$/i.test(piece)) throw fail("an IPv6 address");
          return [parseInt(piece, 16)];
        });
  const head = pieces(halves[0]);
  const tail = halves.length === 2 ? pieces(halves[1]) : [];
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) throw fail("an IPv6 address");
  const all = [...head, ...new Array(halves.length === 2 ? missing : 0).fill(0), ...tail];
  // The longest run of zeros is written `::`.
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && all[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = all.map((piece) => piece.toString(16));
  if (best.start < 0) return `[${hex.join(":")}]`;
  return `[${hex.slice(0, best.start).join(":")}::${hex.slice(best.start + best.length).join(":")}]`;
};

const parseHost = (text, special, fail) => {
  if (text.startsWith("[")) {
    if (!text.endsWith("]")) throw fail("an IPv6 address without its closing bracket");
    return parseIpv6(text.slice(1, -1), fail);
  }
  if (!special) {
    if (/[\0\t\n\r #/:<>?@[\\\]^|]/.test(text)) throw fail("a character that no host has");
    return percentEncode(text, keptInOpaque);
  }
  const host = percentDecode(text).toLowerCase();
  if (host === "") throw fail("a host is missing");
  if (/[^\0-\x7f]/.test(host)) throw fail("host names here are ASCII; write it in punycode, xn--…");
  if (/[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f]/.test(host)) throw fail("a character that no host has");
  return parseIpv4(host, fail) ?? host;
};

const normalPath = (segments, scheme) => {
  const out = [];
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    const plain = segment.replace(/%2e/gi, ".");
    if (plain === "..") {
      if (!(scheme === "file:" && out.length === 1 && /^[a-z]:$/i.test(out[0]))) out.pop();
      if (last) out.push("");
    } else if (plain === ".") {
      if (last) out.push("");
    } else {
      out.push(percentEncode(segment, keptInPath));
    }
  });
  return `/${out.join("/")}`;
};

// Takes a URL apart; `base` is one already taken apart.
const parseUrl = (input, base) => {
  const fail = (why) => invalidUrl(input, why);
  let rest = input.replace(/^[\0- ]+|[\0- ]+$/g, "").replace(/[\t\n\r]/g, "");
  const url = { scheme: "", user: "", password: "", host: null, port: "", path: "", opaque: false, query: null, fragment: null };

  const hash = rest.indexOf("#");
  if (hash >= 0) {
    url.fragment = percentEncode(rest.slice(hash + 1), keptInFragment);
    rest = rest.slice(0, hash);
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(rest);
  let relative = false;
  if (scheme !== null) {
    url.scheme = scheme[0].toLowerCase();
    rest = rest.slice(scheme[0].length);
    // `https:path` with a base of the same scheme is relative to it.
    relative = base !== undefined && base.scheme === url.scheme && url.scheme in specialPorts && url.scheme !== "file:" && !/^[/\\]/.test(rest);
  } else {
    if (base === undefined) throw fail();
    if (base.opaque && (rest !== "" || hash < 0)) throw fail("its base cannot be a base");
    url.scheme = base.scheme;
    relative = true;
  }
  const special = url.scheme in specialPorts;
  const question = rest.indexOf("?");
  if (question >= 0) {
    url.query = percentEncode(rest.slice(question + 1), special ? keptInQuery : /[\w!$%&'()*+,\-./:;=?@[\]\\^`{|}~]/);
    rest = rest.slice(0, question);
  }
  if (special) rest = rest.replaceAll("\\", "/");

  if (relative || (base !== undefined && url.scheme === "file:" && base.scheme === "file:")) {
    if (rest.startsWith("//")) return withAuthority(url, rest.slice(2), special, fail);
    url.user = base.user;
    url.password = base.password;
    url.host = base.host;
    url.port = base.port;
    if (rest === "") {
      url.path = base.path;
      url.opaque = base.opaque;
      if (question < 0) url.query = base.query;
    } else if (rest.startsWith("/")) {
      url.path = normalPath(rest.slice(1).split("/"), url.scheme);
    } else {
      url.path = normalPath([...base.path.split("/").slice(1, -1), ...rest.split("/")], url.scheme);
    }
    return url;
  }
  if (special && url.scheme !== "file:") return withAuthority(url, rest.replace(/^\/*/, ""), special, fail);
  if (rest.startsWith("//")) return withAuthority(url, rest.slice(2), special, fail);
  if (url.scheme === "file:") url.host = "";
  if (special || rest.startsWith("/")) {
    url.path = normalPath(rest.replace(/^\//, "").split("/"), url.scheme);
  } else {
    url.opaque = true;
    url.path = percentEncode(rest, keptInOpaque);
  }
  return url;
};

const withAuthority = (url, rest, special, fail) => {
  const slash = rest.indexOf("/");
  let authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? "" : rest.slice(slash);
  const at = authority.lastIndexOf("@");
  if (at >= 0) {
    const [user, ...password] = authority.slice(0, at).split(":");
    url.user = percentEncode(user, keptInUser);
    url.password = percentEncode(password.join(":"), keptInUser);
    authority = authority.slice(at + 1);
  }
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(authority) ?? [];
  if (host === undefined) throw fail("a host that is none");
  if (port !== undefined && port !== "") url.port = portOf(port, url.scheme, fail);
  if (url.scheme === "file:") {
    url.host = host === "" || host.toLowerCase() === "localhost" ? "" : parseHost(host, true, fail);
  } else {
    if (host === "" && (at >= 0 || port)) throw fail("a host is missing");
    url.host = parseHost(host, special, fail);
  }
  url.path = path === "" ? (special ? "/" : "") : normalPath(path.slice(1).split("/"), url.scheme);
  return url;
};

const portOf = (text, scheme, fail) => {
  if (!/^\d+$/.test(text) || Number(text) > 65535) throw fail("a port is a number up to 65535");
  const port = `${Number(text)}`;
  return port === specialPorts[scheme] ? "" : port;
};

const urlText = (url) => {
  const user = url.user === "" && url.password === "" ? "" : `${url.user}${url.password === "" ? "" : `:${url.password}`}@`;
  const authority = url.host === null ? (!url.opaque && url.path.startsWith("//") ? "/." : "") : `//${user}${url.host}${url.port === "" ? "" : `:${url.port}`}`;
  return `${url.scheme}${authority}${url.path}${url.query === null ? "" : `?${url.query}`}${url.fragment === null ? "" : `#${url.fragment}`}`;
};

class URL {
  #url;
  #params = new URLSearchParams();
  constructor(input, base) {
    const from = base === undefined ? undefined : parseUrl(`${base}`);
    this.#url = parseUrl(`${input}`, from);
    this.#bind();
  }
  static canParse(input, base) {
    return URL.parse(input, base) !== null;
  }
  static parse(input, base) {
    try {
      return new URL(input, base);
    } catch {
      return null;
    }
  }
  #bind() {
    bindParams(this.#params, this.#url.query ?? "", (text) => {
      this.#url.query = text === "" ? null : text;
    });
  }
  // Changes what can be changed; a value that is none is ignored, as the standard has it.
  #try(change) {
    const before = { ...this.#url };
    try {
      change(this.#url);
    } catch {
      this.#url = before;
    }
  }
  get href() {
    return urlText(this.#url);
  }
  set href(value) {
    this.#url = parseUrl(`${value}`);
    this.#bind();
  }
  get origin() {
    const { scheme, host, port } = this.#url;
    return scheme in specialPorts && scheme !== "file:" ? `${scheme}//${host}${port === "" ? "" : `:${port}`}` : "null";
  }
  get protocol() {
    return this.#url.scheme;
  }
  set protocol(value) {
    const [, name] = /^([a-z][a-z0-9+.-]*):?/i.exec(`${value}`) ?? [];
    if (name === undefined) return;
    const scheme = `${name.toLowerCase()}:`;
    if (scheme in specialPorts !== this.#url.scheme in specialPorts) return;
    this.#url.scheme = scheme;
    if (this.#url.port === specialPorts[scheme]) this.#url.port = "";
  }
  get username() {
    return this.#url.user;
  }
  set username(value) {
    if (this.#url.host) this.#url.user = percentEncode(`${value}`, keptInUser);
  }
  get password() {
    return this.#url.password;
  }
  set password(value) {
    if (this.#url.host) this.#url.password = percentEncode(`${value}`, keptInUser);
  }
  get host() {
    const { host, port } = this.#url;
    return `${host ?? ""}${port === "" ? "" : `:${port}`}`;
  }
  set host(value) {
    const [, host, port] = /^(\[[^\]]*\]|[^:/?#\\]*)(?::(\d+))?/.exec(`${value}`) ?? [];
    this.#try((url) => {
      if (url.opaque || !host) return;
      url.host = parseHost(host, url.scheme in specialPorts, invalidUrl);
      if (port !== undefined) url.port = portOf(port, url.scheme, invalidUrl);
    });
  }
  get hostname() {
    return this.#url.host ?? "";
  }
  set hostname(value) {
    this.#try((url) => {
      if (!url.opaque && `${value}` !== "") url.host = parseHost(`${value}`, url.scheme in specialPorts, invalidUrl);
    });
  }
  get port() {
    return this.#url.port;
  }
  set port(value) {
    this.#try((url) => {
      if (!url.host) return;
      url.port = `${value}` === "" ? "" : portOf(/^\d*/.exec(`${value}`)[0], url.scheme, invalidUrl);
    });
  }
  get pathname() {
    return this.#url.path;
  }
  set pathname(value) {
    if (this.#url.opaque) return;
    const text = this.#url.scheme in specialPorts ? `${value}`.replaceAll("\\", "/") : `${value}`;
    this.#url.path = normalPath(text.replace(/^\//, "").replaceAll("?", "%3F").replaceAll("#", "%23").split("/"), this.#url.scheme);
  }
  get search() {
    return this.#url.query ? `?${this.#url.query}` : "";
  }
  set search(value) {
    const text = `${value}`.replace(/^\?/, "");
    this.#url.query = text === "" ? null : percentEncode(text, keptInQuery);
    this.#bind();
  }
  get searchParams() {
    return this.#params;
  }
  get hash() {
    return this.#url.fragment ? `#${this.#url.fragment}` : "";
  }
  set hash(value) {
    const text = `${value}`.replace(/^#/, "");
    this.#url.fragment = text === "" ? null : percentEncode(text, keptInFragment);
  }
  toString() {
    return this.href;
  }
  toJSON() {
    return this.href;
  }
}

expose("URL", brand(URL, "URL"));
expose("URLSearchParams", brand(URLSearchParams, "URLSearchParams"));
