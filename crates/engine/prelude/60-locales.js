// What is known of locales: separators, names, patterns. Small on purpose; a locale that is not here is treated as
// en-US, as a platform does with one it lacks, and `resolvedOptions().locale` says so.

const localeTable = (() => {
  const english = {
    months: "January February March April May June July August September October November December".split(" "),
    shortMonths: "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" "),
    days: "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" "),
    shortDays: "Sun Mon Tue Wed Thu Fri Sat".split(" "),
  };
  const german = {
    months: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(" "),
    shortMonths: "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.".split(" "),
    days: "Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag".split(" "),
    shortDays: "So Mo Di Mi Do Fr Sa".split(" "),
  };
  // Where currency and percent signs stand: before the number, or behind it with a space that does not break.
  const before = { decimal: ".", group: ",", signBefore: true };
  const after = { decimal: ",", group: ".", signBefore: false };
  // Dates: the order of day, month, year; what separates numbers; the clock; how date and time are joined.
  const us = { order: "mdy", separator: "/", hour12: true, join: ", ", joinLong: " at ", ...english };
  const british = { order: "dmy", separator: "/", pad: true, hour12: false, join: ", ", joinLong: " at ", ...english };
  const iso = { order: "ymd", separator: "-", pad: true, hour12: false, join: ", ", joinLong: " at ", ...english };
  return {
    __proto__: null,
    "en-US": { ...before, ...us },
    "en-GB": { ...before, ...british, dollar: "US$" },
    "en-AU": { ...before, ...british, hour12: true, dollar: "USD" },
    "en-IN": { ...before, ...british, pad: false, hour12: true, lakh: true },
    "en-CA": { ...before, ...iso, hour12: true, dollar: "US$" },
    "de-DE": { ...after, order: "dmy", separator: ".", dotted: true, hour12: false, join: ", ", joinLong: " um ", ...german },
    "de-CH": { ...after, decimal: ".", group: "’", order: "dmy", separator: ".", dotted: true, hour12: false, join: ", ", joinLong: " um ", ...german },
    // Numbers as written there; dates in numbers as written there, in words in English.
    "fr-FR": { ...after, group: "\u202f", dollar: "$US", ...british, join: " " },
    "es-ES": { ...after, groupFrom: 5, ...british, pad: false },
    "it-IT": { ...after, groupFrom: 5, ...british, pad: false },
    "nl-NL": { ...after, signBefore: true, spaced: true, ...british, pad: false, separator: "-" },
    "pt-BR": { ...after, signBefore: true, spaced: true, ...british },
    "sv-SE": { ...after, group: "\u00a0", ...iso, join: " " },
    "ja-JP": { ...before, ...iso, pad: false, separator: "/", join: " " },
  };
})();

const defaultLocale = "en-US";

// The known locale nearest to what is asked for: itself, one of its language, or the default.
const resolveLocale = (locales) => {
  const wanted = locales === undefined ? [] : typeof locales === "string" ? [locales] : isArray(locales) ? locales : [locales];
  for (const locale of wanted) {
    const tag = `${locale}`;
    if (!/^[a-z]{2,8}(?:[-_][a-z0-9]{1,8})*$/i.test(tag)) throw new RangeError(`Incorrect locale information provided: ${tag}`);
    const [language, ...rest] = tag.split(/[-_]/);
    const region = rest.find((part) => /^[a-z]{2}$/i.test(part));
    const full = region === undefined ? undefined : `${language.toLowerCase()}-${region.toUpperCase()}`;
    if (full in localeTable) return full;
    const near = ownKeys(localeTable).find((known) => known.startsWith(`${language.toLowerCase()}-`));
    if (near !== undefined) return near;
  }
  return defaultLocale;
};

const supportedLocalesOf = (locales) => {
  const list = locales === undefined ? [] : isArray(locales) ? locales : [locales];
  return list.filter((locale) => `${locale}` in localeTable);
};

// One of the allowed values of an option, or its default.
const choose = (options, name, allowed, otherwise) => {
  const value = options?.[name];
  if (value === undefined) return otherwise;
  if (!allowed.includes(value)) throw new RangeError(`Value ${value} out of range for Intl options property ${name}`);
  return value;
};

const wholeBetween = (options, name, low, high, otherwise) => {
  const value = options?.[name];
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (!(number >= low && number <= high)) throw new RangeError(`${name} value is out of range.`);
  return floor(number);
};

const textOfParts = (parts) => parts.map((part) => part.value).join("");

const Intl = { __proto__: null, getCanonicalLocales: (locales) => (locales === undefined ? [] : isArray(locales) ? [...locales] : [`${locales}`]) };
const exposeIntl = (name, type) => {
  hide(type, "supportedLocalesOf", supportedLocalesOf);
  defineProperty(type.prototype, Symbol.toStringTag, { __proto__: null, value: `Intl.${name}`, configurable: true });
  hide(Intl, name, type);
};
defineProperty(Intl, Symbol.toStringTag, { __proto__: null, value: "Intl", configurable: true });
Object.setPrototypeOf(Intl, Object.prototype);
expose("Intl", Intl);
