// expect: exceeded limits.cpu_seconds
while (true) new Date().toLocaleString('en-US', { dateStyle: 'full', timeStyle: 'long' });
