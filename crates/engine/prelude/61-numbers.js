// Intl.NumberFormat, and what `toLocaleString` of numbers makes of it.

const currencySymbols = {
  __proto__: null, USD: "$", EUR: "€", GBP: "£", JPY: "¥", INR: "₹", CNY: "CN¥", KRW: "₩", BRL: "R$", AUD: "A$", CAD: "CA$",
  NZD: "NZ$", MXN: "MX$", HKD: "HK$", ILS: "₪", VND: "₫", TWD: "NT$", PHP: "₱",
};
const currencyNames = {
  __proto__: null, USD: "US dollars", EUR: "euros", GBP: "British pounds", JPY: "Japanese yen", CHF: "Swiss francs", INR: "Indian rupees",
  CNY: "Chinese yuan", AUD: "Australian dollars", CAD: "Canadian dollars", SEK: "Swedish kronor",
};
const currencyDigits = { __proto__: null, JPY: 0, KRW: 0, VND: 0, CLP: 0, ISK: 0, BHD: 3, KWD: 3, JOD: 3, TND: 3, OMR: 3 };
const unitNames = {
  __proto__: null, percent: "%", byte: "byte", kilobyte: "kB", megabyte: "MB", gigabyte: "GB", terabyte: "TB", bit: "bit", second: "sec",
  millisecond: "ms", minute: "min", hour: "hr", day: "day", week: "wk", month: "mth", year: "yr", meter: "m", kilometer: "km",
  centimeter: "cm", millimeter: "mm", mile: "mi", foot: "ft", inch: "in", gram: "g", kilogram: "kg", pound: "lb", ounce: "oz", liter: "L",
  celsius: "°C", fahrenheit: "°F", degree: "deg", "kilometer-per-hour": "km/h", "mile-per-hour": "mph",
};

// A number as its shortest decimal: 0.digits × 10^point.
const decimalOf = (text) => {
  const [, whole, fraction = "", exponent = "0"] = /^-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text);
  const all = whole + fraction;
  const digits = all.replace(/^0+/, "");
  return { digits: digits.replace(/0+$/, ""), point: digits === "" ? 0 : whole.length - (all.length - digits.length) + Number(exponent) };
};

// Keeps the first `count` digits, rounding halves away from zero.
const roundTo = ({ digits, point }, count) => {
  if (count >= digits.length) return { digits, point };
  if (count < 0) return { digits: "", point: 0 };
  const kept = digits.slice(0, count);
  if (digits[count] < "5") return { digits: kept.replace(/0+$/, ""), point: kept.replace(/0+$/, "") === "" ? 0 : point };
  const up = `${BigInt(`0${kept}`) + 1n}`;
  return { digits: up.replace(/0+$/, ""), point: point + (up.length > count ? 1 : 0) };
};

class NumberFormat {
  #locale;
  #settings;
  #bound;
  constructor(locales, options) {
    this.#locale = resolveLocale(locales);
    const style = choose(options, "style", ["decimal", "percent", "currency", "unit"], "decimal");
    const notation = choose(options, "notation", ["standard", "scientific", "engineering", "compact"], "standard");
    let currency = options?.currency;
    if (style === "currency") {
      if (currency === undefined) throw new TypeError("Currency code is required with currency style.");
      if (!/^[a-z]{3}$/i.test(`${currency}`)) throw new RangeError(`Invalid currency code : ${currency}`);
      currency = `${currency}`.toUpperCase();
    }
    if (style === "unit" && options?.unit === undefined) throw new TypeError("Unit is required with unit style.");
    const usual = style === "currency" ? currencyDigits[currency] ?? 2 : 0;
    const compact = notation === "compact";
    const significant = options?.minimumSignificantDigits !== undefined || options?.maximumSignificantDigits !== undefined;
    const fraction = options?.minimumFractionDigits !== undefined || options?.maximumFractionDigits !== undefined;
    let minimum = wholeBetween(options, "minimumFractionDigits", 0, 100, undefined);
    let maximum = wholeBetween(options, "maximumFractionDigits", 0, 100, undefined);
    if (minimum !== undefined && maximum !== undefined && minimum > maximum) throw new RangeError("maximumFractionDigits value is out of range.");
    const most = style === "currency" ? usual : style === "percent" ? 0 : 3;
    minimum ??= min(usual, maximum ?? usual);
    maximum ??= max(most, minimum);
    this.#settings = {
      style, notation, currency,
      currencyDisplay: choose(options, "currencyDisplay", ["symbol", "narrowSymbol", "code", "name"], "symbol"),
      accounting: choose(options, "currencySign", ["standard", "accounting"], "standard") === "accounting",
      unit: options?.unit,
      unitDisplay: choose(options, "unitDisplay", ["short", "narrow", "long"], "short"),
      compactDisplay: choose(options, "compactDisplay", ["short", "long"], "short"),
      signDisplay: choose(options, "signDisplay", ["auto", "never", "always", "exceptZero", "negative"], "auto"),
      grouping: options?.useGrouping === undefined ? true : options.useGrouping !== false && options.useGrouping !== "false",
      minimumIntegerDigits: wholeBetween(options, "minimumIntegerDigits", 1, 21, 1),
      minimumFractionDigits: minimum,
      maximumFractionDigits: maximum,
      significant: significant && {
        minimum: wholeBetween(options, "minimumSignificantDigits", 1, 21, 1),
        maximum: wholeBetween(options, "maximumSignificantDigits", 1, 21, 21),
      },
      // Compact numbers show two digits, or all of the whole part.
      rounded: compact && !significant && !fraction,
    };
  }
  get format() {
    return (this.#bound ??= (value) => textOfParts(this.formatToParts(value)));
  }
  formatToParts(value) {
    const settings = this.#settings;
    const table = localeTable[this.#locale];
    const given = typeof value === "bigint" ? value : Number(value);
    const negative = given < 0 || Object.is(given, -0);
    const number = [];
    let zero = false;
    if (typeof given === "number" && Number.isNaN(given)) number.push({ type: "nan", value: "NaN" });
    else if (given === Infinity || given === -Infinity) number.push({ type: "infinity", value: "∞" });
    else {
      let decimal = decimalOf(`${given}`.replace(/^-/, ""));
      if (settings.style === "percent") decimal = { digits: decimal.digits, point: decimal.digits === "" ? 0 : decimal.point + 2 };
      const { parts, isZero } = this.#number(decimal, table);
      number.push(...parts);
      zero = isZero;
    }
    const nan = number[0].type === "nan";
    return this.#dressed(number, this.#sign(negative && !nan, zero, nan), table);
  }
  formatRange(start, end) {
    return `${this.format(start)} – ${this.format(end)}`;
  }
  resolvedOptions() {
    const { significant, rounded, grouping, accounting, ...rest } = this.#settings;
    const shown = { locale: this.#locale, numberingSystem: "latn", ...rest, useGrouping: grouping ? "auto" : false };
    if (significant) assign(shown, { minimumSignificantDigits: significant.minimum, maximumSignificantDigits: significant.maximum });
    for (const key of enumerableKeys(shown)) if (shown[key] === undefined) delete shown[key];
    return shown;
  }

  #sign(negative, zero, nan) {
    switch (this.#settings.signDisplay) {
      case "never":
        return "";
      case "always":
        return negative ? "-" : "+";
      case "exceptZero":
        return zero || nan ? "" : negative ? "-" : "+";
      case "negative":
        return negative && !zero ? "-" : "";
      default:
        return negative ? "-" : "";
    }
  }

  // The digits, with the power of ten that is written in words or as an exponent taken out.
  #number(decimal, table) {
    const { notation, compactDisplay } = this.#settings;
    if (notation === "standard") return this.#digits(decimal, table, this.#settings.grouping);
    const step = notation === "scientific" ? 1 : 3;
    const power = (value) => (value.digits === "" ? 0 : floor((value.point - 1) / step) * step);
    const limit = notation === "compact" ? 12 : Infinity;
    const low = notation === "compact" ? 0 : -Infinity;
    let shift = max(low, min(limit, power(decimal)));
    // Rounding may carry into the next step: 999,999 is 1M.
    const rounded = this.#rounded({ digits: decimal.digits, point: decimal.point - shift });
    if (rounded.point > step && shift < limit) shift += step;
    const { parts, isZero } = this.#digits({ digits: decimal.digits, point: decimal.point - shift }, table, this.#settings.grouping && decimal.point - shift > 4);
    if (notation !== "compact") return { parts: [...parts, { type: "exponentSeparator", value: "E" }, { type: "exponentInteger", value: `${shift}` }], isZero };
    if (shift === 0) return { parts, isZero };
    const name = compactDisplay === "short" ? ["K", "M", "B", "T"][shift / 3 - 1] : ["thousand", "million", "billion", "trillion"][shift / 3 - 1];
    return { parts: [...parts, ...(compactDisplay === "long" ? [{ type: "literal", value: " " }] : []), { type: "compact", value: name }], isZero };
  }

  #rounded(decimal) {
    const { significant, rounded, maximumFractionDigits } = this.#settings;
    if (significant) return roundTo(decimal, significant.maximum);
    if (rounded) return roundTo(decimal, max(2, decimal.point));
    return roundTo(decimal, decimal.point + maximumFractionDigits);
  }

  #digits(decimal, table, grouping) {
    const { significant, rounded, minimumFractionDigits, minimumIntegerDigits } = this.#settings;
    const { digits, point } = this.#rounded(decimal);
    let whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
    let fraction = point > 0 ? digits.slice(point) : digits === "" ? "" : "0".repeat(-point) + digits;
    if (significant) {
      const shown = digits === "" ? 1 : max(digits.length, point);
      if (significant.minimum > shown) fraction = fraction.padEnd(fraction.length + significant.minimum - shown, "0");
    } else if (!rounded) {
      fraction = fraction.padEnd(minimumFractionDigits, "0");
    }
    whole = whole.padStart(minimumIntegerDigits, "0");
    const parts = [];
    const groups = grouping && whole.length >= (table.groupFrom ?? 4) ? this.#groups(whole, table) : [whole];
    groups.forEach((group, index) => {
      if (index > 0) parts.push({ type: "group", value: table.group });
      parts.push({ type: "integer", value: group });
    });
    if (fraction !== "") parts.push({ type: "decimal", value: table.decimal }, { type: "fraction", value: fraction });
    return { parts, isZero: digits === "" };
  }

  #groups(whole, table) {
    const groups = [];
    let end = whole.length;
    for (let size = 3; end > 0; size = table.lakh ? 2 : 3) {
      groups.unshift(whole.slice(max(0, end - size), end));
      end -= size;
    }
    return groups;
  }

  // The number with its sign and what it counts.
  #dressed(number, sign, table) {
    const { style, currency, currencyDisplay, accounting, unit, unitDisplay } = this.#settings;
    const signs = sign === "" ? [] : [{ type: sign === "-" ? "minusSign" : "plusSign", value: sign }];
    if (style === "percent") {
      const percent = { type: "percentSign", value: "%" };
      return table.signBefore || table.lakh ? [...signs, ...number, percent] : [...signs, ...number, { type: "literal", value: "\u00a0" }, percent];
    }
    if (style === "unit") return [...signs, ...number, ...this.#unit(unit, unitDisplay, number)];
    if (style !== "currency") return [...signs, ...number];
    if (currencyDisplay === "name") return [...signs, ...number, { type: "literal", value: " " }, { type: "currency", value: currencyNames[currency] ?? currency }];
    const narrow = (text) => text.replace(/^[A-Z]+(?=[$¥])|(?<=[$¥])[A-Z]+$/, "");
    const local = { __proto__: null, AUD: "en-AU", CAD: "en-CA", CNY: "zh-CN" }[currency] === this.#locale;
    const known = (currency === "USD" ? table.dollar : undefined) ?? currencySymbols[currency] ?? currency;
    const symbol = currencyDisplay === "code" ? currency : currencyDisplay === "narrowSymbol" || local ? narrow(known) : known;
    const mark = { type: "currency", value: symbol };
    const space = { type: "literal", value: "\u00a0" };
    const lettered = /[A-Z]$/.test(symbol) && number[0].type === "integer";
    const value = table.signBefore ? [mark, ...(lettered || table.spaced ? [space] : []), ...number] : [...number, space, mark];
    if (accounting && sign === "-") return [{ type: "literal", value: "(" }, ...value, { type: "literal", value: ")" }];
    return [...signs, ...value];
  }

  #unit(unit, display, number) {
    const one = textOfParts(number) === "1";
    if (display === "long") return [{ type: "literal", value: " " }, { type: "unit", value: one ? unit : `${unit}s` }];
    const name = unitNames[unit] ?? unit;
    if (name === "%") return [{ type: "unit", value: "%" }];
    const plural = !one && ["byte", "day", "wk", "mth", "yr", "bit"].includes(name) && !["byte", "bit"].includes(name) ? `${name}s` : name;
    return display === "narrow" ? [{ type: "unit", value: name }] : [...(name.startsWith("°") ? [] : [{ type: "literal", value: " " }]), { type: "unit", value: plural }];
  }
}

exposeIntl("NumberFormat", NumberFormat);

{
  const numberOf = uncurry(Number.prototype.valueOf);
  const bigOf = uncurry(BigInt.prototype.valueOf);
  const usual = new NumberFormat();
  const formatted = (value, locales, options) => (locales === undefined && options === undefined ? usual : new NumberFormat(locales, options)).format(value);
  hide(Number.prototype, "toLocaleString", { toLocaleString(locales, options) { return formatted(numberOf(this), locales, options); } }.toLocaleString);
  hide(BigInt.prototype, "toLocaleString", { toLocaleString(locales, options) { return formatted(bigOf(this), locales, options); } }.toLocaleString);
}
