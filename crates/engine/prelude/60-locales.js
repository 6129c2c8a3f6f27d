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
  const french = {
    months: "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(" "),
    shortMonths: "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split(" "),
    days: "dimanche lundi mardi mercredi jeudi vendredi samedi".split(" "),
    shortDays: "dim. lun. mar. mer. jeu. ven. sam.".split(" "),
    dayJoin: " ",
    joinLong: " à ",
  };
  const spanish = {
    months: "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(" "),
    shortMonths: "ene feb mar abr may jun jul ago sept oct nov dic".split(" "),
    days: "domingo lunes martes miércoles jueves viernes sábado".split(" "),
    shortDays: "dom lun mar mié jue vie sáb".split(" "),
    of: "long",
    joinLong: " a las ",
  };
  const italian = {
    months: "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split(" "),
    shortMonths: "gen feb mar apr mag giu lug ago set ott nov dic".split(" "),
    days: "domenica lunedì martedì mercoledì giovedì venerdì sabato".split(" "),
    shortDays: "dom lun mar mer gio ven sab".split(" "),
    dayJoin: " ",
    joinLong: " alle ore ",
  };
  const dutch = {
    months: "januari februari maart april mei juni juli augustus september oktober november december".split(" "),
    shortMonths: "jan feb mrt apr mei jun jul aug sep okt nov dec".split(" "),
    days: "zondag maandag dinsdag woensdag donderdag vrijdag zaterdag".split(" "),
    shortDays: "zo ma di wo do vr za".split(" "),
    dayJoin: " ",
    joinLong: " om ",
  };
  const portuguese = {
    months: "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split(" "),
    shortMonths: "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.".split(" "),
    days: "domingo segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado".split(" "),
    shortDays: "dom. seg. ter. qua. qui. sex. sáb.".split(" "),
    of: "always",
    joinLong: " às ",
  };
  const swedish = {
    months: "januari februari mars april maj juni juli augusti september oktober november december".split(" "),
    shortMonths: "jan. feb. mars apr. maj juni juli aug. sep. okt. nov. dec.".split(" "),
    days: "söndag måndag tisdag onsdag torsdag fredag lördag".split(" "),
    shortDays: "sön mån tis ons tors fre lör".split(" "),
    dayJoin: " ",
    joinLong: " kl. ",
    wordedOrder: "dmy",
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
    "fr-FR": { ...after, group: "\u202f", dollar: "$US", ...british, join: " ", ...french },
    "es-ES": { ...after, groupFrom: 5, ...british, pad: false, ...spanish },
    "it-IT": { ...after, groupFrom: 5, ...british, pad: false, ...italian },
    "nl-NL": { ...after, signBefore: true, spaced: true, ...british, pad: false, separator: "-", ...dutch },
    "pt-BR": { ...after, signBefore: true, spaced: true, ...british, ...portuguese },
    "sv-SE": { ...after, group: "\u00a0", ...iso, join: " ", ...swedish },
    // Numbers as written there; dates in numbers as written there, in words in English.
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
// As the language has them, these three make one of them without `new` as well.
const callableIntl = ["Collator", "NumberFormat", "DateTimeFormat"];
const callable = (type) => new Proxy(type, { __proto__: null, apply: (target, self, parameters) => construct(target, parameters) });
const exposeIntl = (name, type) => {
  hide(type, "supportedLocalesOf", supportedLocalesOf);
  defineProperty(type.prototype, Symbol.toStringTag, { __proto__: null, value: `Intl.${name}`, configurable: true });
  hide(Intl, name, callableIntl.includes(name) ? callable(type) : type);
};
defineProperty(Intl, Symbol.toStringTag, { __proto__: null, value: "Intl", configurable: true });
Object.setPrototypeOf(Intl, Object.prototype);
expose("Intl", Intl);
