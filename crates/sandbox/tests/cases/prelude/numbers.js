const shown = (value, locale, options) => value.toLocaleString(locale, options);
return [
  shown(1234567.891), shown(1.005, 'en-US', { maximumFractionDigits: 2 }), shown(0.256, undefined, { style: 'percent' }),
  shown(-1234.5, 'en-US', { style: 'currency', currency: 'USD' }), shown(1234.5, 'de-DE', { style: 'currency', currency: 'EUR' }),
  shown(1234.5, 'ja-JP', { style: 'currency', currency: 'JPY' }), shown(12345678, 'en-IN'), shown(1234567n), shown(1e21), shown(1.5e-7), shown(NaN),
  shown(5, 'en-US', { minimumIntegerDigits: 2 }), shown(1234.5, 'en-US', { minimumFractionDigits: 2, useGrouping: false }),
  new Intl.NumberFormat('en', { notation: 'compact' }).format(999999), new Intl.NumberFormat('en', { notation: 'compact' }).format(1234),
  new Intl.NumberFormat('en', { maximumSignificantDigits: 3 }).format(123456), new Intl.NumberFormat('en', { style: 'unit', unit: 'megabyte' }).format(5),
  new Intl.NumberFormat('de').formatToParts(1234.5).map((part) => part.type).join(' '), new Intl.NumberFormat('xx').resolvedOptions().locale,
  [1, 2, 3, 11, 22].map((n) => new Intl.PluralRules('en', { type: 'ordinal' }).select(n)), new Intl.ListFormat('en').format(['a', 'b', 'c']),
  new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(-1, 'day'), new Intl.RelativeTimeFormat('en').format(3, 'weeks'),
];
// expect: returned ["1,234,567.891","1.01","26%","-$1,234.50","1.234,50 €","¥1,235","1,23,45,678","1,234,567","1,000,000,000,000,000,000,000","0","NaN",
// expect: "05","1234.50","1M","1.2K","123,000","5 MB","integer group integer decimal fraction","en-US",
// expect: ["one","two","few","other","two"],"a, b, and c","yesterday","in 3 weeks"]
