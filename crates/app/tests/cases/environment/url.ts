// Addresses are taken apart
const url = new URL('../b?x=1&x=2#h', 'https://me:pw@example.com:8443/a/c/');
return [url.href, url.searchParams.getAll('x'), new URLSearchParams({ q: 'a b&c' }).toString(), encodeURIComponent('ä/')];
