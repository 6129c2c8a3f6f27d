const words = ['zebra', 'Apple', 'äpfel', 'apple', 'Zoo', 'file10', 'file9', '10', '9', 'résumé', 'resume'];
return [
  words.toSorted((a, b) => a.localeCompare(b)), ['file10', 'file9'].sort(new Intl.Collator('en', { numeric: true }).compare),
  'a'.localeCompare('A'), 'a'.localeCompare('á', 'en', { sensitivity: 'base' }), 'same'.localeCompare('same'),
];
// expect: returned [["10","9","äpfel","apple","Apple","file10","file9","resume","résumé","zebra","Zoo"],["file9","file10"],-1,0,0]
