// Numbers and dates for people
return [(1234567.891).toLocaleString(), (0.256).toLocaleString('en-US', { style: 'percent' }), new Date(0).toISOString(), new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }).format(1234.5)];
