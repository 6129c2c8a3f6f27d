// A BigInt is returned as text
return 10n ** 20n;
//= returned "100000000000000000000"
