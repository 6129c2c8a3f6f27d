const date = new Date(Date.UTC(2024, 0, 5, 14, 3, 9, 70));
const refused = (() => {
  try {
    return date.toLocaleString('en-US', { timeZone: 'America/New_York' });
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
})();
return [
  date.toLocaleString(), date.toLocaleDateString(), date.toLocaleTimeString(), date.toLocaleString('en-GB'), date.toLocaleString('de-DE'),
  date.toLocaleDateString('sv-SE'), date.toLocaleDateString('en-CA'),
  date.toLocaleDateString('en-US', { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }),
  date.toLocaleDateString('en-GB', { day: '2-digit', month: 'short', year: 'numeric' }),
  date.toLocaleDateString('de-DE', { dateStyle: 'long' }), date.toLocaleTimeString('en-US', { hour: '2-digit', minute: '2-digit', hour12: false }),
  date.toLocaleString('en-US', { dateStyle: 'medium', timeStyle: 'short', timeZone: '+02:00' }),
  new Intl.DateTimeFormat('en-US').formatToParts(date).map((part) => part.value).join('|'),
  new Date(NaN).toLocaleString(), Intl.DateTimeFormat.prototype[Symbol.toStringTag], new Intl.DateTimeFormat().resolvedOptions().timeZone, refused,
];
// expect: returned ["1/5/2024, 2:03:09 PM","1/5/2024","2:03:09 PM","05/01/2024, 14:03:09","5.1.2024, 14:03:09","2024-01-05","2024-01-05",
// expect: "Friday, January 5, 2024","05 Jan 2024","5. Januar 2024","14:03","Jan 5, 2024, 4:03 PM","1|/|5|/|2024","Invalid Date","Intl.DateTimeFormat","UTC",
// expect: "RangeError: the time zone 'America/New_York' is not available here: dates are in UTC; use 'UTC' or an offset such as '+02:00', or a tool"]
