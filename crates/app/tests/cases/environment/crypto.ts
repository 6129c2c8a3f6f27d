// Random numbers and digests
const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc')));
return [crypto.randomUUID().length, hash[0], crypto.randomUUID() !== crypto.randomUUID(), Math.random() !== Math.random()];
//= returned [36,186,true,true]
