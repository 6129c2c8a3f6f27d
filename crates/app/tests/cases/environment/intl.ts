// Numbers and dates for people
return [(1234567.891).toLocaleString(), (0.256).toLocaleString('en-US', { style: 'percent' }), new Date(0).toISOString(), new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }).format(1234.5)];
//= returned ["1,234,567.891","26%","1970-01-01T00:00:00.000Z","$1,234.50"]
