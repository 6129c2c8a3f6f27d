// Values compared with those of Node 22.
const date = new Date(Date.UTC(2024, 0, 15, 9, 5));
const locales = ['fr-FR', 'es-ES', 'it-IT', 'nl-NL', 'pt-BR', 'sv-SE'];
const shown = (options) => locales.map((locale) => Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }).format(date)).join(' | ');
console.log(shown({ dateStyle: 'full' }));
console.log(shown({ dateStyle: 'long' }));
console.log(shown({ month: 'long', year: 'numeric' }));
console.log(shown({ day: 'numeric', month: 'short' }));
console.log(shown({ dateStyle: 'long', timeStyle: 'short' }).split(' | ')[0]);
return [Intl.NumberFormat('de-DE').format(1234.5), Intl.Collator().compare('a', 'b'), new Intl.DateTimeFormat() instanceof Intl.DateTimeFormat];
//= lundi 15 janvier 2024 | lunes, 15 de enero de 2024 | lunedì 15 gennaio 2024 | maandag 15 januari 2024 | segunda-feira, 15 de janeiro de 2024 | måndag 15 januari 2024
//= 15 janvier 2024 | 15 de enero de 2024 | 15 gennaio 2024 | 15 januari 2024 | 15 de janeiro de 2024 | 15 januari 2024
//= janvier 2024 | enero de 2024 | gennaio 2024 | januari 2024 | janeiro de 2024 | januari 2024
//= 15 janv. | 15 ene | 15 gen | 15 jan | 15 de jan. | 15 jan.
//= 15 janvier 2024 à 09:05
// expect: returned ["1.234,5",-1,true]
