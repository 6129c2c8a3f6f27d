// An integer beyond 2^53 is a bigint, which is not added to a number
const found = JSON.parse('{"id":1915883588174806058}');
return found.id + 1;
//= threw at 3:19: TypeError: cannot convert BigInt to number (an integer beyond 2^53 is a `bigint`: calculate with bigints on both sides (`x + 1n`), or with `Number(x)` where digits may be lost)
//deno= threw at 3:14: TypeError: Cannot mix BigInt and other types, use explicit conversions (an integer beyond 2^53 is a `bigint`: calculate with bigints on both sides (`x + 1n`), or with `Number(x)` where digits may be lost)
