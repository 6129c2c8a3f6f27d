// The smaller parts of Intl: comparing text, plurals, lists, relative times. Rules are those of English.

class Collator {
  #locale;
  #numeric;
  #sensitivity;
  #ignorePunctuation;
  #upperFirst;
  #bound;
  constructor(locales, options) {
    this.#locale = resolveLocale(locales);
    this.#numeric = options?.numeric === true || /-u-.*kn(?:-true)?(?:-|$)/.test(`${locales}`);
    this.#sensitivity = choose(options, "sensitivity", ["base", "accent", "case", "variant"], "variant");
    this.#ignorePunctuation = options?.ignorePunctuation === true;
    this.#upperFirst = choose(options, "caseFirst", ["upper", "lower", "false"], "false") === "upper";
  }
  get compare() {
    return (this.#bound ??= (a, b) => this.#compare(`${a}`, `${b}`));
  }
  resolvedOptions() {
    return { locale: this.#locale, usage: "sort", sensitivity: this.#sensitivity, ignorePunctuation: this.#ignorePunctuation, collation: "default", numeric: this.#numeric, caseFirst: this.#upperFirst ? "upper" : "false" };
  }

  #compare(a, b) {
    if (a === b) return 0;
    const [left, right] = [this.#prepared(a), this.#prepared(b)];
    const base = this.#base(bare(left), bare(right));
    if (base !== 0 || this.#sensitivity === "base") return base;
    if (this.#sensitivity !== "case") {
      const accents = order(left.toLowerCase(), right.toLowerCase());
      if (accents !== 0 || this.#sensitivity === "accent") return accents;
    }
    // Lower case comes first, unless asked otherwise.
    return this.#upperFirst ? order(left, right) : order(right, left);
  }

  #prepared(text) {
    const plain = text.normalize("NFD");
    return this.#ignorePunctuation ? plain.replace(/[\p{P}\s]+/gu, "") : plain;
  }

  #base(a, b) {
    let [i, j] = [0, 0];
    while (i < a.length && j < b.length) {
      if (this.#numeric && isDigit(a[i]) && isDigit(b[j])) {
        const [left, right] = [digitsAt(a, i), digitsAt(b, j)];
        const [x, y] = [left.replace(/^0+/, ""), right.replace(/^0+/, "")];
        if (x !== y) return x.length === y.length ? order(x, y) : x.length < y.length ? -1 : 1;
        i += left.length;
        j += right.length;
      } else if (a[i] === b[j]) {
        i++;
        j++;
      } else {
        return order(rank(a[i]), rank(b[j])) || order(a[i], b[j]);
      }
    }
    return order(a.length - i, b.length - j);
  }
}

const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const isDigit = (character) => character >= "0" && character <= "9";
const digitsAt = (text, at) => /^[0-9]+/.exec(text.slice(at))[0];
const expansions = { __proto__: null, ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th" };
// Text without case and accents.
const bare = (text) => {
  const lower = text.toLowerCase();
  return /^[\0-\x7f]*$/.test(lower) ? lower : lower.replace(/\p{M}+/gu, "").replace(/[ßæœøłđðþ]/g, (letter) => expansions[letter]);
};
// White space, punctuation, symbols, digits, letters: the order of dictionaries.
const rank = (character) =>
  /\s/.test(character) ? 0 : character === "_" ? 1 : /\p{P}/u.test(character) ? 2 : /\p{S}/u.test(character) ? 3 : /\p{N}/u.test(character) ? 4 : 5;

class PluralRules {
  #locale;
  #ordinal;
  #format;
  constructor(locales, options) {
    this.#locale = resolveLocale(locales);
    this.#ordinal = choose(options, "type", ["cardinal", "ordinal"], "cardinal") === "ordinal";
    this.#format = new NumberFormat("en-US", { ...options, style: "decimal", useGrouping: false });
  }
  select(value) {
    const text = this.#format.format(abs(Number(value)));
    if (!this.#ordinal) return text === "1" ? "one" : "other";
    if (!/^\d+$/.test(text) || /1[123]$/.test(text)) return "other";
    return { __proto__: null, 1: "one", 2: "two", 3: "few" }[text.at(-1)] ?? "other";
  }
  resolvedOptions() {
    return { locale: this.#locale, type: this.#ordinal ? "ordinal" : "cardinal", pluralCategories: this.#ordinal ? ["few", "one", "two", "other"] : ["one", "other"] };
  }
}

class ListFormat {
  #locale;
  #type;
  #style;
  constructor(locales, options) {
    this.#locale = resolveLocale(locales);
    this.#type = choose(options, "type", ["conjunction", "disjunction", "unit"], "conjunction");
    this.#style = choose(options, "style", ["long", "short", "narrow"], "long");
  }
  format(list) {
    return textOfParts(this.formatToParts(list));
  }
  formatToParts(list) {
    const items = [...list].map((value) => {
      if (typeof value !== "string") throw new TypeError("Iterable yielded a non-String value");
      return value;
    });
    const word = this.#word();
    const comma = this.#type === "unit" && this.#style === "narrow" ? " " : ", ";
    return items.flatMap((value, index) => {
      const part = { type: "element", value };
      if (index === 0) return [part];
      const last = index === items.length - 1;
      const serial = items.length > 2 && this.#locale !== "en-GB" && this.#locale !== "de-DE";
      const join = !last || word === "" ? comma : `${serial ? "," : ""} ${word} `;
      return [{ type: "literal", value: join }, part];
    });
  }
  #word() {
    const german = this.#locale.startsWith("de");
    if (this.#type === "disjunction") return german ? "oder" : "or";
    if (this.#type === "unit") return "";
    return german ? "und" : this.#style === "long" ? "and" : this.#style === "short" ? "&" : "";
  }
  resolvedOptions() {
    return { locale: this.#locale, type: this.#type, style: this.#style };
  }
}

class RelativeTimeFormat {
  #auto;
  #style;
  #format = new NumberFormat();
  constructor(locales, options) {
    resolveLocale(locales);
    this.#auto = choose(options, "numeric", ["always", "auto"], "always") === "auto";
    this.#style = choose(options, "style", ["long", "short", "narrow"], "long");
  }
  format(value, unit) {
    const number = Number(value);
    const name = `${unit}`.replace(/s$/, "");
    const short = { __proto__: null, second: "sec.", minute: "min.", hour: "hr.", day: "day", week: "wk.", month: "mo.", quarter: "qtr.", year: "yr." };
    if (!(name in short)) throw new RangeError(`Invalid unit argument for format() '${unit}'`);
    const word = this.#auto ? this.#word(number, name) : undefined;
    if (word !== undefined) return word;
    const amount = this.#format.format(abs(number));
    const shown = this.#style === "long" || name === "day" ? (amount === "1" ? name : `${name}s`) : short[name];
    return number < 0 || Object.is(number, -0) ? `${amount} ${shown} ago` : `in ${amount} ${shown}`;
  }
  #word(number, name) {
    if (name === "day") return { __proto__: null, "-1": "yesterday", 0: "today", 1: "tomorrow" }[number];
    if (name === "second") return number === 0 ? "now" : undefined;
    if (name === "minute" || name === "hour") return number === 0 ? `this ${name}` : undefined;
    return { __proto__: null, "-1": `last ${name}`, 0: `this ${name}`, 1: `next ${name}` }[number];
  }
  formatToParts(value, unit) {
    return [{ type: "literal", value: this.format(value, unit) }];
  }
  resolvedOptions() {
    return { locale: "en-US", style: this.#style, numeric: this.#auto ? "auto" : "always", numberingSystem: "latn" };
  }
}

exposeIntl("Collator", Collator);
exposeIntl("PluralRules", PluralRules);
exposeIntl("ListFormat", ListFormat);
exposeIntl("RelativeTimeFormat", RelativeTimeFormat);

{
  const usual = new Collator();
  hide(String.prototype, "localeCompare", {
    localeCompare(other, locales, options) {
      const collator = locales === undefined && options === undefined ? usual : new Collator(locales, options);
      return collator.compare(this, other);
    },
  }.localeCompare);
}
