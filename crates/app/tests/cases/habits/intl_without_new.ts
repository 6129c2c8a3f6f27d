const format = Intl.DateTimeFormat('fr-FR', { dateStyle: 'long', timeZone: 'UTC' });
return format.format(new Date(0));
//= returned "1 janvier 1970"
