// A BigInt is returned with every digit, here in a text
return JSON.stringify({ big: 10n ** 20n });
//= returned "{\"big\":100000000000000000000}"
