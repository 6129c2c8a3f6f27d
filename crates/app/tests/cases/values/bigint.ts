// A BigInt is returned as text
return 10n ** 20n;
