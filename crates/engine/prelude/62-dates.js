// Intl.DateTimeFormat, and what `toLocaleString` of dates makes of it. There is one time zone here, UTC, and those that
// are a fixed distance from it; any other is refused rather than got wrong.

const zoneOf = (name) => {
  if (name === undefined) return { name: "UTC", minutes: 0 };
  const text = `${name}`;
  if (/^(?:utc|gmt|etc\/utc|etc\/gmt|etc\/uct|z)$/i.test(text)) return { name: "UTC", minutes: 0 };
  const offset = /^([+-])(\d\d):?(\d\d)?$/.exec(text);
  if (offset === null) {
    throw new RangeError(`the time zone '${text}' is not available here: dates are in UTC; use 'UTC' or an offset such as '+02:00', or a tool`);
  }
  const minutes = (Number(offset[2]) * 60 + Number(offset[3] ?? 0)) * (offset[1] === "-" ? -1 : 1);
  return { name: `${offset[1]}${offset[2]}:${offset[3] ?? "00"}`, minutes };
};

const dateFields = ["weekday", "year", "month", "day"];
const timeFields = ["hour", "minute", "second", "fractionalSecondDigits", "dayPeriod"];
const dateStyles = {
  __proto__: null,
  full: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  long: { year: "numeric", month: "long", day: "numeric" },
  medium: { year: "numeric", month: "short", day: "numeric" },
  short: { year: "2-digit", month: "numeric", day: "numeric" },
};
const timeStyles = {
  __proto__: null,
  full: { hour: "numeric", minute: "2-digit", second: "2-digit", timeZoneName: "short" },
  long: { hour: "numeric", minute: "2-digit", second: "2-digit", timeZoneName: "short" },
  medium: { hour: "numeric", minute: "2-digit", second: "2-digit" },
  short: { hour: "numeric", minute: "2-digit" },
};

class DateTimeFormat {
  #locale;
  #fields;
  #zone;
  #hour12;
  #midnight24;
  #styles;
  #bound;
  // `needed` and `defaults` say what is shown when nothing is asked for, as the `toLocale…String` methods need it.
  constructor(locales, options, needed = "any", defaults = "date") {
    this.#locale = resolveLocale(locales);
    const table = localeTable[this.#locale];
    this.#zone = zoneOf(options?.timeZone);
    const cycle = choose(options, "hourCycle", ["h11", "h12", "h23", "h24"], undefined);
    this.#hour12 = options?.hour12 ?? (cycle === undefined ? table.hour12 : cycle === "h11" || cycle === "h12");
    this.#midnight24 = cycle === "h24";
    const dateStyle = choose(options, "dateStyle", ["full", "long", "medium", "short"], undefined);
    const timeStyle = choose(options, "timeStyle", ["full", "long", "medium", "short"], undefined);
    this.#styles = { dateStyle, timeStyle };
    const fields = {};
    for (const name of [...dateFields, ...timeFields, "timeZoneName", "era"]) if (options?.[name] !== undefined) fields[name] = options[name];
    if (dateStyle !== undefined || timeStyle !== undefined) {
      if (enumerableKeys(fields).length > 0) throw new TypeError(`Can't set option ${enumerableKeys(fields)[0]} when ${dateStyle === undefined ? "timeStyle" : "dateStyle"} is used`);
      this.#fields = { ...dateStyles[dateStyle], ...timeStyles[timeStyle] };
      if (dateStyle === "short" && table.pad) this.#fields.year = table.order === "ymd" || this.#locale === "en-GB" ? "numeric" : "2-digit";
      if (table.dotted && (dateStyle === "short" || dateStyle === "medium")) assign(this.#fields, { day: "2-digit", month: "2-digit" });
      return;
    }
    const asks = (names) => names.some((name) => fields[name] !== undefined);
    const asked = (needed !== "time" && asks(dateFields)) || (needed !== "date" && asks(timeFields));
    if (!asked && defaults !== "time") assign(fields, { year: "numeric", month: "numeric", day: "numeric" });
    if (!asked && defaults !== "date") assign(fields, { hour: "numeric", minute: "2-digit", second: "2-digit" });
    this.#fields = fields;
  }
  get format() {
    return (this.#bound ??= (date) => textOfParts(this.formatToParts(date)));
  }
  formatToParts(date) {
    const time = date === undefined ? native.now() : typeof date === "number" ? date : Number(date);
    if (!(abs(time) <= 8.64e15)) throw new RangeError("Invalid time value");
    const at = new Date(time + this.#zone.minutes * 60_000);
    const day = this.#date(at);
    const clock = this.#time(at);
    if (day.length === 0 || clock.length === 0) return [...day, ...clock];
    const table = localeTable[this.#locale];
    const { dateStyle } = this.#styles;
    const long = dateStyle === "full" || dateStyle === "long" || (dateStyle === undefined && this.#fields.month === "long");
    return [...day, { type: "literal", value: long ? table.joinLong : table.join }, ...clock];
  }
  formatRange(start, end) {
    return `${this.format(start)} – ${this.format(end)}`;
  }
  resolvedOptions() {
    const { dateStyle, timeStyle } = this.#styles;
    const styles = { ...(dateStyle && { dateStyle }), ...(timeStyle && { timeStyle }) };
    const shown = dateStyle === undefined && timeStyle === undefined ? this.#fields : styles;
    return { locale: this.#locale, calendar: "gregory", numberingSystem: "latn", timeZone: this.#zone.name, hour12: this.#hour12, ...shown };
  }

  #date(at) {
    const table = localeTable[this.#locale];
    const { weekday, year, month, day } = this.#fields;
    const words = month === "long" || month === "short" || month === "narrow";
    const values = {
      y: year !== undefined && { type: "year", value: year === "2-digit" ? `${at.getUTCFullYear() % 100}`.padStart(2, "0") : `${at.getUTCFullYear()}` },
      m: month !== undefined && { type: "month", value: words ? this.#month(at, month, table) : this.#digits(at.getUTCMonth() + 1, month, table) },
      d: day !== undefined && { type: "day", value: this.#digits(at.getUTCDate(), day, table, words || month === undefined) },
    };
    const parts = words ? this.#worded(values, table) : this.#numbered(values, table);
    if (weekday === undefined) return parts;
    const names = weekday === "long" ? table.days : table.shortDays;
    const name = { type: "weekday", value: weekday === "narrow" ? names[at.getUTCDay()][0] : names[at.getUTCDay()] };
    if (parts.length === 0) return [name];
    const space = this.#locale === "en-GB" && words && weekday !== "long" ? " " : table.dotted && weekday === "short" ? "., " : words && table.dayJoin ? table.dayJoin : ", ";
    return [name, { type: "literal", value: space }, ...parts];
  }

  #month(at, style, table) {
    const index = at.getUTCMonth();
    return style === "long" ? table.months[index] : style === "short" ? table.shortMonths[index] : table.months[index][0];
  }

  #digits(number, style, table, inWords = false) {
    return style === "2-digit" || (table.pad && !inWords) ? `${number}`.padStart(2, "0") : `${number}`;
  }

  // `1/15/2024`.
  #numbered(values, table) {
    const present = [...table.order].map((letter) => values[letter]).filter(Boolean);
    const parts = present.flatMap((part, index) => (index === 0 ? [part] : [{ type: "literal", value: table.separator }, part]));
    const dot = table.dotted && !values.y && present.length > 1;
    return dot ? [...parts, { type: "literal", value: "." }] : parts;
  }

  // `January 15, 2024`, `15 January 2024`, `15. Januar 2024`, `15 de enero de 2024`.
  #worded({ y, m, d }, table) {
    const literal = (value) => ({ type: "literal", value });
    if ((table.wordedOrder ?? table.order) === "dmy") {
      const of = table.of === "always" || (table.of === "long" && this.#fields.month === "long");
      const between = of ? " de " : " ";
      const day = d ? [d, literal(table.dotted ? ". " : between)] : [];
      return [...day, m, ...(y ? [literal(between), y] : [])];
    }
    const day = d ? [literal(" "), d] : [];
    return [m, ...day, ...(y ? [literal(d ? ", " : " "), y] : [])];
  }

  #time(at) {
    const { hour, minute, second, fractionalSecondDigits, timeZoneName } = this.#fields;
    const literal = (value) => ({ type: "literal", value });
    const two = (number) => `${number}`.padStart(2, "0");
    const parts = [];
    if (hour !== undefined) {
      const hours = at.getUTCHours();
      const shown = this.#hour12 ? hours % 12 || 12 : hours === 0 && this.#midnight24 ? 24 : hours;
      parts.push({ type: "hour", value: hour === "2-digit" || !this.#hour12 ? two(shown) : `${shown}` });
    }
    const add = (type, value) => parts.push(...(parts.length > 0 ? [literal(":")] : []), { type, value });
    if (minute !== undefined) add("minute", hour === undefined && minute === "numeric" && second === undefined ? `${at.getUTCMinutes()}` : two(at.getUTCMinutes()));
    if (second !== undefined) add("second", minute === undefined && second === "numeric" ? `${at.getUTCSeconds()}` : two(at.getUTCSeconds()));
    if (fractionalSecondDigits) {
      const digits = `${at.getUTCMilliseconds()}`.padStart(3, "0").slice(0, fractionalSecondDigits);
      parts.push(...(parts.length > 0 ? [literal(localeTable[this.#locale].decimal)] : []), { type: "fractionalSecond", value: digits });
    }
    if (hour !== undefined && this.#hour12) parts.push(literal(" "), { type: "dayPeriod", value: at.getUTCHours() < 12 ? "AM" : "PM" });
    if (timeZoneName !== undefined) {
      const name = this.#zone.name === "UTC" ? (timeZoneName === "long" ? "Coordinated Universal Time" : "UTC") : `GMT${this.#zone.name}`;
      parts.push(...(parts.length > 0 ? [literal(" ")] : []), { type: "timeZoneName", value: name });
    }
    return parts;
  }
}

// Scripts do not see the third and fourth parameter.
exposeIntl("DateTimeFormat", {
  DateTimeFormat: class extends DateTimeFormat {
    constructor(locales, options) {
      super(locales, options);
    }
  },
}.DateTimeFormat);

{
  const timeOf = uncurry(Date.prototype.getTime);
  const method = (name, needed, defaults) => {
    const format = (date, locales, options) => {
      const time = timeOf(date);
      return Number.isNaN(time) ? "Invalid Date" : new DateTimeFormat(locales, options, needed, defaults).format(time);
    };
    hide(Date.prototype, name, { [name](locales, options) { return format(this, locales, options); } }[name]);
  };
  method("toLocaleString", "any", "all");
  method("toLocaleDateString", "date", "date");
  method("toLocaleTimeString", "time", "time");
}
