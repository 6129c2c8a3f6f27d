// expect: exceeded limits.cpu_seconds
while (true) (1234567.891).toLocaleString('de-DE', { style: 'currency', currency: 'EUR' });
