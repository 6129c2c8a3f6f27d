// expect: exceeded limits.printed_kb at 2
while (true) console.log('x'.repeat(1_000));
